import { describe, expect, test } from '@jest/globals';
import { must, SeededRandom } from '@distributed-cache/test-kit';
import { Ghosts } from './ghosts.ts';
import { Memory } from './memory.ts';

/** A table for so many entries. */
function ghostsFor(entries: number): Ghosts {
  const ghosts = new Ghosts(
    new Memory(2 ** 24, () => {
      throw new Error('there is memory enough');
    }),
  );
  while (ghosts.entries < entries) ghosts.grow();
  return ghosts;
}

function hashes(count: number, seed: number): Int32Array {
  const random = new SeededRandom(seed);
  return Int32Array.from({ length: count }, () => random.uint32());
}

/** Share of the hashes that the table says it has. */
function shareFound(ghosts: Ghosts, some: Int32Array, reach: number): number {
  return some.filter((hash) => ghosts.has(hash, reach)).length / some.length;
}

describe('Ghosts', () => {
  test('is empty at first, and without memory has nothing', () => {
    const none = new Ghosts(new Memory(2 ** 20, () => undefined));
    none.add(5);
    expect(none.has(5, 2)).toBe(false);
    expect(shareFound(ghostsFor(1000), hashes(10_000, 1), 2)).toBe(0);
  });

  test.each([
    [0, 0],
    [0.375, 0.375],
    [1, 1],
    [2, 1.9],
  ])('looks back by about %d evictions an entry', (reach, expected) => {
    const ghosts = ghostsFor(2 ** 14);
    const { entries } = ghosts;
    const evicted = hashes(entries * 4, 2);
    for (const hash of evicted) ghosts.add(hash);
    let found = 0;
    for (const hash of evicted) if (ghosts.has(hash, reach)) found++;
    expect(found / entries).toBeGreaterThan(expected * 0.85 - 0.01);
    expect(found / entries).toBeLessThan(expected * 1.15 + 0.01);
    // What was evicted last is there, what was long ago is not.
    if (reach >= 1) expect(shareFound(ghosts, evicted.slice(-entries / 4), reach)).toBe(1);
    expect(shareFound(ghosts, evicted.slice(0, entries), reach)).toBeLessThan(0.01);
  });

  test('takes hardly any key for another', () => {
    const ghosts = ghostsFor(20_000);
    for (const hash of hashes(ghosts.entries * 2, 3)) ghosts.add(hash);
    expect(shareFound(ghosts, hashes(100_000, 4), 2)).toBeLessThan(0.002);
  });

  test('remembers while it grows and shrinks, block by block', () => {
    const ghosts = ghostsFor(1);
    const first = ghosts.entries;
    const evicted = [...hashes(first / 4, 5)];
    const more = hashes(20, 7);
    for (const hash of evicted) ghosts.add(hash);
    for (let blocks = 2; blocks <= 20; blocks++) {
      ghosts.grow();
      expect(ghosts.entries).toBe(first * blocks);
      ghosts.add(must(more[blocks - 2]));
      evicted.push(must(more[blocks - 2]));
      expect(shareFound(ghosts, Int32Array.from(evicted), 2)).toBe(1);
    }
    const others = hashes(first * 3, 6);
    for (const hash of others) ghosts.add(hash);
    expect(shareFound(ghosts, others, 2)).toBe(1);
    // Each halving loses the half that was in the blocks given up.
    ghosts.fit(first * 8);
    expect(ghosts.entries).toBeLessThanOrEqual(first * 10);
    expect(shareFound(ghosts, others, 2)).toBeGreaterThan(0.3);
    for (const hash of evicted) ghosts.add(hash);
    expect(shareFound(ghosts, Int32Array.from(evicted), 2)).toBe(1);
  });

  test('gives all its memory back when the store is empty', () => {
    const memory = new Memory(2 ** 24, () => undefined);
    const ghosts = new Ghosts(memory);
    for (let i = 0; i < 9; i++) ghosts.grow();
    expect(memory.pool.bytesTaken).toBeGreaterThan(0);
    ghosts.fit(0);
    expect(memory.pool.bytesTaken).toBe(0);
    expect(ghosts.has(1, 2)).toBe(false);
    ghosts.grow();
    ghosts.add(1);
    expect(ghosts.has(1, 2)).toBe(true);
  });
});
