import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { SeededRandom, splitMix64 } from './seeded-random.ts';

const times = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw);

describe('SeededRandom', () => {
  test('is xoshiro128** 1.1: the reference outputs from state 1, 2, 3, 4', () => {
    const random = new SeededRandom([1, 2, 3, 4]);
    expect(times(10, () => random.uint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test('is seeded by SplitMix64: the reference outputs from 1234567', () => {
    expect(times(5, splitMix64(1234567n))).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
    // The first two of them as 32-bit words, low word first, are the state.
    const explicit = new SeededRandom([0xfb08fc85, 0x599ed017, 0x58540fa5, 0x2c73f084]);
    const random = new SeededRandom(1234567);
    expect(times(5, () => random.uint32())).toEqual(times(5, () => explicit.uint32()));
  });

  test('a seed repeats everything; another seed does not', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return [
        random.next(),
        random.integer(1000),
        random.shuffle([1, 2, 3, 4, 5, 6]),
        random.bytes(9),
        random.fork().next(),
      ];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });

  test('next() stays in [0, 1) with the mean and variance of the uniform distribution', () => {
    const random = new SeededRandom(1);
    const drawn = times(20_000, () => random.next());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
    expect(mean).toBeCloseTo(1 / 2, 1);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test('integer() is below its bound for every bound', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, bound) => {
        const drawn = new SeededRandom(seed).integer(bound);
        return Number.isInteger(drawn) && drawn >= 0 && drawn < bound;
      }),
    );
  });

  test.each([3, 6, 1000, 3 * 2 ** 30, 3 * 2 ** 51])('integer(%d) favours no third of its range', (bound) => {
    // Taking the remainder of 32 or 53 bits would give the last two bounds one third twice the weight of another.
    const random = new SeededRandom(7);
    const drawn = Array.from({ length: 9000 }, () => Math.floor(random.integer(bound) / (bound / 3)));
    for (const third of [0, 1, 2]) {
      const count = drawn.filter((each) => each === third).length;
      expect(Math.abs(count - 3000)).toBeLessThan(250);
    }
  });

  test('shuffle() makes every order equally likely and leaves its argument alone', () => {
    const random = new SeededRandom(5);
    const items = ['a', 'b', 'c'] as const;
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(items).toEqual(['a', 'b', 'c']);
    expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('pick() and chance() follow their probabilities', () => {
    const random = new SeededRandom(6);
    const picks = times(9000, () => random.pick(['x', 'y', 'z']));
    for (const item of ['x', 'y', 'z']) {
      expect(Math.abs(picks.filter((pick) => pick === item).length - 3000)).toBeLessThan(250);
    }
    expect(Math.abs(times(10_000, () => random.chance(0.2)).filter(Boolean).length - 2000)).toBeLessThan(200);
    expect(times(100, () => random.chance(0))).not.toContain(true);
    expect(times(100, () => random.chance(1))).not.toContain(false);
  });

  test('bytes() takes every value', () => {
    const bytes = new SeededRandom(8).bytes(10_000);
    expect(bytes).toHaveLength(10_000);
    expect(new Set(bytes).size).toBe(256);
  });

  test.each<[string, () => unknown]>([
    ['a negative seed', () => new SeededRandom(-1)],
    ['a fractional seed', () => new SeededRandom(0.5)],
    ['a bound of 0', () => new SeededRandom(1).integer(0)],
    ['a bound above 2^53 - 1', () => new SeededRandom(1).integer(2 ** 53)],
    ['a pick from nothing', () => new SeededRandom(1).pick([])],
  ])('refuses %s', (_name, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
