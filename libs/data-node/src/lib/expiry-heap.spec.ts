import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ExpiryHeap } from './expiry-heap.ts';
import { NONE } from './store.ts';

describe('ExpiryHeap', () => {
  test('always knows the soonest, however times are set, changed and taken away', () => {
    const step = fc.tuple(fc.nat(19), fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const heap = new ExpiryHeap(4);
        heap.grow(20);
        const times = new Map<number, number>();
        for (const [entry, time] of steps) {
          heap.set(entry, time);
          if (time === 0) times.delete(entry);
          else times.set(entry, time);
          expect(heap.count).toBe(times.size);
          expect(heap.timeOf(entry)).toBe(time);
          const soonest = Math.min(...times.values());
          expect(heap.first === NONE ? Infinity : times.get(heap.first)).toBe(soonest);
        }
        const drained: number[] = [];
        while (heap.first !== NONE) {
          drained.push(heap.timeOf(heap.first));
          heap.set(heap.first, 0);
        }
        expect(drained).toEqual([...times.values()].sort((a, b) => a - b));
      }),
    );
  });

  test('is due from its time on', () => {
    const heap = new ExpiryHeap(2);
    heap.set(0, 10);
    expect([9.9, 10, 11].map((now) => heap.isDue(0, now))).toEqual([false, true, true]);
    expect(heap.isDue(1, 1e15)).toBe(false);
  });
});
