import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { NONE } from '../store.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { Memory } from './memory.ts';

function fixture(maxBytes = 1 << 20): { memory: Memory; queue: ExpiryQueue } {
  const memory = new Memory(maxBytes, () => {
    throw new Error('out of memory');
  });
  return { memory, queue: new ExpiryQueue(memory) };
}

describe('ExpiryQueue', () => {
  test('agrees with a list of times under any sequence of changes', () => {
    const action = fc.tuple(
      fc.nat(39),
      fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 }), fc.constant(2 ** 48 + 0.5)),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (script) => {
        const { memory, queue } = fixture();
        const entries = Array.from({ length: 40 }, () => memory.records.take(1, 0));
        const times = new Map<number, number>();
        for (const [which, time] of script) {
          const entry = must(entries[which]);
          queue.set(entry, time);
          if (time === 0) times.delete(entry);
          else times.set(entry, time);
          expect(queue.count).toBe(times.size);
          expect(queue.firstTime).toBe(Math.min(Infinity, ...times.values()));
          if (times.size === 0) expect(queue.first).toBe(NONE);
          else expect(times.get(queue.first)).toBe(queue.firstTime);
          expect(entries.map((each) => queue.timeOf(each))).toEqual(
            entries.map((each) => times.get(each) ?? 0),
          );
        }
      }),
    );
  });

  test('empties in order over many chunks, and gives their memory back', () => {
    const { memory, queue } = fixture(4 << 20);
    const entries = Array.from({ length: 20_000 }, () => memory.records.take(1, 0));
    const before = memory.pool.bytesTaken;
    entries.forEach((entry, i) => queue.set(entry, 1 + ((i * 7919) % 20_011)));
    expect(memory.pool.bytesTaken).toBeGreaterThan(before + 20_000 * 16);
    let last = 0;
    while (queue.count > 0) {
      if (queue.firstTime < last) expect(queue.firstTime).toBe(last);
      last = queue.firstTime;
      queue.remove(queue.first);
    }
    expect(memory.pool.bytesTaken).toBe(before);
  });

  test('names what is due as long as something is, and nothing else', () => {
    const { memory, queue } = fixture(4 << 20);
    const times = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const entry = memory.records.take(1, 0);
      const time = 1 + ((i * 7919) % 20_011);
      times.set(entry, time);
      queue.set(entry, time);
    }
    for (const now of [0, 9_000, 30_000]) {
      for (let entry = queue.due(now); entry !== NONE; entry = queue.due(now)) {
        if (must(times.get(entry)) > now) expect(times.get(entry)).toBeLessThanOrEqual(now);
        times.delete(entry);
        queue.remove(entry);
      }
      expect(queue.firstTime).toBe(Math.min(Infinity, ...times.values()));
    }
    expect(queue.count).toBe(0);
  });

  test('estimates the mean of many times', () => {
    const { memory, queue } = fixture(4 << 20);
    for (let i = 0; i < 20_000; i++) queue.set(memory.records.take(1, 0), 1 + ((i * 7919) % 20_011));
    expect(Math.abs(queue.meanTime() - 10_000)).toBeLessThan(1000);
  });

  test('an entry without a time takes no memory', () => {
    const { memory, queue } = fixture();
    const entry = memory.records.take(1, 0);
    const before = memory.pool.bytesTaken;
    queue.set(entry, 0);
    queue.remove(entry);
    expect(memory.pool.bytesTaken).toBe(before);
  });

  test('renewing times leaves nothing behind', () => {
    const { memory, queue } = fixture();
    const entry = memory.records.take(1, 0);
    for (let i = 1; i < 100_000; i++) queue.set(entry, i);
    expect(queue.count).toBe(1);
    expect(memory.pool.bytesTaken).toBeLessThan(4 * memory.pool.pageBytes);
  });
});
