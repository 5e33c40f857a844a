import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { measureRing, memberCounts, memberIds } from './testing.ts';

describe('measureRing', () => {
  const slots = Array.from({ length: 120 }, (_, i) => i);

  test('sees that modulo moves nearly everything, and is balanced', () => {
    const quality = measureRing((members) => slots.map((slot) => members[slot % members.length]), [3], 1);
    expect(quality.fullest).toBe(1);
    // From 3 to 4 members the slots with equal remainders, a quarter, stay.
    expect(quality.join.max).toBeCloseTo(0.75 * 4);
  });

  test('sees an imbalance, and that nothing moved', () => {
    const quality = measureRing(() => slots.map((slot) => (slot < 90 ? 'a' : 'b')), [2, 4], 2);
    // 90 of 120 slots when there are five members, after a join.
    expect(quality.fullest).toBeCloseTo(0.75 * 5);
    expect(quality.leave).toEqual({ median: 0, p95: 0, max: 0 });
  });

  test('reads quantiles by rank', () => {
    let change = 0;
    const counts = [...Array<number>(20).keys()].flatMap((moved) => [0, moved, 0]);
    const quality = measureRing(
      () => {
        const moved = must(counts[change++]);
        return slots.map((slot) => (slot < moved ? 'new' : 'old'));
      },
      Array<number>(20).fill(119),
      1,
    );
    // Joins moved 0, 1, ... 19 of 120 slots; the ideal is one of 120.
    expect([quality.join.median, quality.join.p95, quality.join.max].map(Math.round)).toEqual([9, 18, 19]);
  });
});

test('member counts are all from 3 to 50, and ids differ', () => {
  expect(new Set(memberCounts(48))).toEqual(new Set(Array.from({ length: 48 }, (_, i) => i + 3)));
  for (const seed of [0, 1]) expect(new Set(memberIds(seed, 60)).size).toBe(60);
  expect(memberIds(1, 3)).toEqual(memberIds(1, 5).slice(0, 3));
});
