import { expect, test } from '@jest/globals';
import { SeededRandom } from '@distributed-cache/test-kit';
import { readKey } from '../entry-bytes.ts';
import { NONE, type EvictionPolicyName, type Store } from '../store.ts';
import { find, MIB, put } from './calls.ts';
import { marked, type CreateStore } from './model.ts';

const EVERY_KEY = 300;

export function describeIdleTimes(
  create: CreateStore,
  seed: number,
  evictionPolicy: EvictionPolicyName,
): void {
  if (evictionPolicy !== 'lru') {
    test('keeps no times of use', () => {
      const store = create({ maxBytes: MIB });
      const entry = put(store, 'key', 'v', { now: 5 });
      expect(store.idleTime(entry, 5000)).toBe(NONE);
    });
    return;
  }

  test('tells how long ago an entry was used: every write and touch is a use, and no find', () => {
    const store = create({ maxBytes: MIB });
    const keys = ['put', 'update', 'setExpiry', 'touch', 'find', 'new'];
    for (const key of keys.slice(0, 5)) put(store, key, '1', { now: 1000 });
    put(store, 'put', '2', { now: 10_000 });
    store.update(find(store, 'update', 15_000), 0, Buffer.from('2'), 0, 1, 20_000);
    store.setExpiry(find(store, 'setExpiry', 30_000), 90_000);
    store.touch(find(store, 'touch', 40_000));
    find(store, 'find', 50_000);
    put(store, 'new', '1', { now: 60_000 });
    const idle = keys.map((key) => store.idleTime(find(store, key, 60_000), 60_000));
    expect(idle).toEqual([50_000, 40_000, 30_000, 20_000, 59_000, 0]);
  });

  test('knows a time since it began, and none from before it was emptied', () => {
    const store = create({ maxBytes: MIB });
    expect(store.idleTime(put(store, 'key', 'v', { now: 0 }), 700)).toBe(700);
    store.clear(marked([0]));
    expect(store.idleTime(put(store, 'key', 'v', { now: 5000 }), 5000)).toBe(0);
    // Nothing moves the clock between the two.
    store.clear(marked([0]));
    expect(store.idleTime(put(store, 'key', 'v', { now: 5000 }), 6000)).toBe(1000);
  });

  test('is never negative, should the clock go back', () => {
    const store = create({ maxBytes: MIB });
    put(store, 'a', 'v', { now: 5000 });
    const entry = put(store, 'b', 'v', { now: 1000 });
    expect(store.idleTime(entry, 1000)).toBe(0);
    expect(store.idleTime(find(store, 'a', 7000), 7000)).toBe(2000);
  });

  test(`idle times are as exact as promised over months of random use (TEST_SEED=${seed})`, () => {
    const random = new SeededRandom(seed);
    const used = new Map<string, number>();
    const store: Store = create({
      maxBytes: 8 * MIB,
      maxEntries: 200,
      onRemove: (entry) => used.delete(readKey(store, entry).toString()),
    });
    let now = 0;
    let checked = 0;
    const check = (): void => {
      checked += used.size;
      for (const [key, time] of used) {
        const idle = now - time;
        const excess = store.idleTime(find(store, key, now), now) - idle;
        expect(excess).toBeGreaterThanOrEqual(0);
        expect(excess).toBeLessThanOrEqual(Math.max(100, 0.02 * idle));
      }
    };
    for (let step = 1; step <= 60_000; step++) {
      // Few keys are used often and many seldom; now and then nothing happens for long.
      const key = `key ${Math.floor(random.integer(EVERY_KEY) * (random.integer(1000) / 1000) ** 4)}`;
      now += random.integer(300);
      if (random.integer(2000) === 0) now += random.integer(1e8);
      const entry = find(store, key, now);
      const deed = random.integer(100);
      if (entry === NONE || deed < 30) put(store, key, 'v', { now });
      else if (deed < 40) store.update(entry, 0, Buffer.from('value'), 0, 5, now);
      else if (deed < 50) store.setExpiry(entry, 0);
      else if (deed < 85) store.touch(entry);
      else if (deed < 90) store.remove(entry);
      else continue;
      if (entry !== NONE && deed >= 85) used.delete(key);
      else used.set(key, now);
      if (random.integer(20_000) === 0) {
        store.clear(marked([0]));
        used.clear();
      }
      if (step % 500 === 0) check();
    }
    expect(used.size).toBe(store.entries);
    // Throughout: at the end it may just have been emptied.
    expect(checked).toBeGreaterThan(1000);
  });
}
