import { describe, expect, test } from '@jest/globals';

import { must } from './must.ts';
import { SeededRandom } from './seeded-random.ts';
import { ZipfSampler } from './zipf-sampler.ts';

const { floor, log2 } = Math;
const DRAWS = 100_000;

/** Groups that expect enough draws each: the first 32 ranks alone, then ranges that double. */
function groupOf(rank: number): number {
  return rank < 32 ? rank : 27 + floor(log2(rank));
}

function chiSquared(ranks: number, exponent: number): { statistic: number; groups: number } {
  const groups = groupOf(ranks - 1) + 1;
  const weights = new Float64Array(groups);
  for (let rank = 0; rank < ranks; rank++) add(weights, groupOf(rank), (rank + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight);

  const sampler = new ZipfSampler(ranks, exponent, new SeededRandom(2024));
  const counts = new Float64Array(groups);
  for (let i = 0; i < DRAWS; i++) add(counts, groupOf(sampler.next()), 1);

  const statistic = weights.reduce((sum, weight, group) => {
    const expected = (DRAWS * weight) / total;
    return sum + (must(counts[group]) - expected) ** 2 / expected;
  }, 0);
  return { statistic, groups };
}

function add(sums: Float64Array, group: number, amount: number): void {
  sums[group] = must(sums[group]) + amount;
}

describe('ZipfSampler', () => {
  test.each(
    [0.7, 0.99, 1, 1.2, 3].flatMap((exponent) =>
      [2, 10, 1000, 2_000_000].map((ranks): [number, number] => [exponent, ranks]),
    ),
  )('exponent %d over %d ranks fits the exact distribution', (exponent, ranks) => {
    const { statistic, groups } = chiSquared(ranks, exponent);
    // A chi-squared variable has mean d and variance 2d; its tail beyond 5 deviations is below one in ten thousand.
    const freedom = groups - 1;
    expect(statistic).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });

  test('one rank is always rank 0', () => {
    const sampler = new ZipfSampler(1, 0.99, new SeededRandom(1));
    for (let i = 0; i < 100; i++) expect(sampler.next()).toBe(0);
  });

  test.each([0, 1 - 2 ** -53])('stays within its ranks at the edge of chance, %d', (edge) => {
    for (const exponent of [0.01, 0.7, 0.99, 1, 1.2, 5]) {
      for (const ranks of [1, 2, 1_000_000, Number.MAX_SAFE_INTEGER]) {
        // The edge once; if that point is rejected, the middle.
        const draws = [edge];
        const sampler = new ZipfSampler(ranks, exponent, { next: () => draws.pop() ?? 0.5 });
        const rank = sampler.next();
        expect(Number.isSafeInteger(rank) && rank >= 0 && rank < ranks).toBe(true);
      }
    }
  });

  test.each<[number, number]>([
    [0, 1],
    [1.5, 1],
    [10, 0],
    [10, -1],
    [10, Number.NaN],
  ])('refuses %d ranks with exponent %d', (ranks, exponent) => {
    expect(() => new ZipfSampler(ranks, exponent, new SeededRandom(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
