import { expect, test } from '@jest/globals';
import { readKey, readValue } from '../entry-bytes.ts';
import { NONE } from '../store.ts';
import { find, MIB, put, scanAll } from './calls.ts';
import { marked, type CreateStore } from './model.ts';

export function describeIteration(create: CreateStore): void {
  test('a scan meets what is there throughout, while the store grows and shrinks under it', () => {
    const store = create({ maxBytes: 64 * MIB });
    for (let i = 0; i < 500; i++) put(store, `key ${i}`, 'v', { slot: i % 5 });
    const seen = new Set<string>();
    let cursor = 0;
    let calls = 0;
    do {
      cursor = store.scan(marked([1, 3]), cursor, 7, (entry) => seen.add(readKey(store, entry).toString()));
      for (let i = 0; i < 20 && calls < 300; i++) put(store, `new ${calls} ${i}`, 'v', { slot: i % 5 });
      const gone = find(store, `key ${calls % 100}`);
      if (gone !== NONE) store.remove(gone);
      calls++;
    } while (cursor !== 0 && calls < 100_000);
    expect(cursor).toBe(0);
    for (let i = 100; i < 500; i++) expect(seen.has(`key ${i}`)).toBe(i % 5 === 1 || i % 5 === 3);
  });

  test('a scan may remove what it visits', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 1000; i++) put(store, `key ${i}`, 'v', { slot: i % 10 });
    scanAll(store, 2, (entry) => store.remove(entry));
    expect(store.entriesInSlot(2)).toBe(0);
    expect(store.entries).toBe(900);
  });

  test('a scan of nothing ends', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 5000; i++) put(store, `key ${i}`, 'v', { slot: 1 });
    let visited = 0;
    scanAll(store, 2, () => visited++);
    expect(visited).toBe(0);
  });

  test('a sample is a fair choice, also after most entries went', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 1000; i++) put(store, `key ${i}`, 'v', { slot: i % 100 });
    store.clear(marked(Array.from({ length: 99 }, (_, slot) => slot)));
    expect(store.entries).toBe(10);
    const chosen = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const entry = store.sample(i / 10_000);
      chosen.set(entry, (chosen.get(entry) ?? 0) + 1);
    }
    expect(chosen.size).toBe(10);
    for (const times of chosen.values()) expect(Math.abs(times - 1000)).toBeLessThan(300);
  });

  test('clear empties the marked slots only', () => {
    const removed: number[] = [];
    const store = create({ maxBytes: MIB, onRemove: (_, cause) => removed.push(cause) });
    for (let i = 0; i < 300; i++) put(store, `key ${i}`, `value ${i}`, { slot: i % 3, expiresAt: 1 + i });
    store.clear(marked([0, 2]));
    expect([0, 1, 2].map((slot) => store.entriesInSlot(slot))).toEqual([0, 100, 0]);
    expect(store.nextExpiry()).toBe(2);
    expect(readValue(store, find(store, 'key 100')).toString()).toBe('value 100');
    expect(find(store, 'key 0')).toBe(NONE);
    store.clear(marked([0, 1, 2]));
    expect(store.entries).toBe(0);
    expect(store.nextExpiry()).toBe(Infinity);
    expect(put(store, 'key 0', 'new')).toBeGreaterThanOrEqual(0);
    expect(readValue(store, find(store, 'key 0')).toString()).toBe('new');
    expect(removed).toEqual([]);
  });
}
