import { describe, expect, test } from '@jest/globals';
import { SeededRandom, ZipfSampler } from '@distributed-cache/test-kit';
import { NOTHING, rarityOf, SHAPES, Tuner } from './tuner.ts';

const mixed = (key: number): number => {
  const once = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
  const twice = Math.imul(once ^ (once >>> 12), 0x297a2d39);
  return twice ^ (twice >>> 15);
};

/** A tuner after a store of so many entries has seen these keys. */
function tuned(entries: number, keys: Iterable<number>, tuner = new Tuner()): Tuner {
  if (tuner.sampling === NOTHING) tuner.start(entries);
  for (const key of keys) {
    const hash = mixed(key);
    if (rarityOf(hash) >= tuner.sampling) tuner.access(hash, entries);
  }
  return tuner;
}

function* loop(length: number, laps: number): Generator<number> {
  for (let lap = 0; lap < laps; lap++) for (let key = 0; key < length; key++) yield key;
}

/** Each key is used three times within a while, and then never again. */
function* recent(requests: number): Generator<number> {
  for (let i = 0; i < requests; i++) yield Math.max(i >> 1, 0) - (i % 3) * 300;
}

function* zipf(requests: number): Generator<number> {
  const sampler = new ZipfSampler(100_000, 0.9, new SeededRandom(1));
  for (let i = 0; i < requests; i++) yield sampler.next();
}

describe('Tuner', () => {
  test('samples nothing before the store is full', () => {
    expect(new Tuner().sampling).toBe(NOTHING);
    for (const hash of [0, 1, -1]) expect(rarityOf(hash)).toBeLessThan(NOTHING);
  });

  test.each([0, 1, 2, 3, 4])('a share of 1 / 4^%i of all hashes is as rare as that', (rarity) => {
    let rare = 0;
    for (let key = 0; key < 100_000; key++) if (rarityOf(mixed(key)) >= rarity) rare++;
    const expected = 100_000 / 4 ** rarity;
    expect(Math.abs(rare - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected));
  });

  test.each([1, 300, 5000, 10_000_000])('a store of %i entries has a sample of its size', (entries) => {
    const tuner = tuned(entries, []);
    const sample = entries / 4 ** tuner.sampling;
    expect(sample).toBeLessThanOrEqual(1024);
    expect(sample).toBeGreaterThanOrEqual(Math.min(entries, 256));
  });

  test.each([300, 4800])(
    'at %i entries, finds a small window for loops, a large one for recent use',
    (entries) => {
      const looping = tuned(entries, loop(entries * 1.3, 40));
      expect(looping.shape).toEqual(SHAPES[0]);
      const scale = entries / 300;
      const recently = tuned(
        entries,
        (function* () {
          for (const key of recent(60_000)) for (let i = 0; i < scale; i++) yield key * scale + i;
        })(),
      );
      expect(recently.shape.window).toBeGreaterThanOrEqual(0.5);
      expect(tuned(entries, zipf(100_000)).shape.window).toBeLessThanOrEqual(0.1);
    },
  );

  test('changes its mind when the workload changes, and begins afresh at a reset', () => {
    const tuner = tuned(1000, loop(1300, 40));
    expect(tuner.shape.reach).toBe(0);
    tuned(1000, recent(80_000), tuner);
    expect(tuner.shape.window).toBeGreaterThanOrEqual(0.5);
    tuner.reset();
    expect(tuner.sampling).toBe(NOTHING);
    expect(tuner.shape).toBe(new Tuner().shape);
  });

  test('takes another sample when the store becomes much larger or smaller', () => {
    const tuner = tuned(1000, []);
    expect(tuner.sampling).toBe(0);
    tuned(100_000, loop(5000, 1), tuner);
    expect(100_000 / 4 ** tuner.sampling).toBeLessThanOrEqual(1024);
    tuned(500, loop(150_000, 1), tuner);
    expect(500 / 4 ** tuner.sampling).toBeGreaterThan(100);
  });
});
