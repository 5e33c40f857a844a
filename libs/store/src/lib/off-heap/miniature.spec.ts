import { describe, expect, test } from '@jest/globals';
import { must, testSeed } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { Miniature } from './miniature.ts';
import type { Shape } from './shape.ts';
import { SHAPES } from './tuner.ts';

const LIMIT = 16;

/** The same in plain arrays, oldest first. */
class NaiveMiniature {
  #window: number[] = [];
  #main: number[] = [];
  readonly #ghosts = new Set<number>();
  /** In the order in which they were evicted. One that came back stays in it, and ends the memory of it early. */
  readonly #evicted: number[] = [];
  readonly #uses = new Map<number, number>();
  #random = 1;

  constructor(
    private readonly shape: Shape,
    public capacity: number,
  ) {}

  access(hash: number): boolean {
    const uses = this.#uses.get(hash);
    if (uses !== undefined) {
      this.#uses.set(hash, Math.min(uses + 1, 7));
      return true;
    }
    const isGhost = this.#ghosts.has(hash);
    const share = Math.max(this.shape.window * this.capacity, 1);
    if (this.#uses.size < this.capacity) {
      if (this.#window.length >= share) this.#keep(must(this.#window.shift()));
    }
    while (this.#uses.size >= this.capacity) this.#step(share);
    this.#uses.set(hash, 0);
    (isGhost ? this.#main : this.#window).push(hash);
    this.#ghosts.delete(hash);
    return false;
  }

  #step(share: number): void {
    const fromWindow = this.#window.length >= share || this.#main.length === 0;
    const hash = must((fromWindow ? this.#window : this.#main).shift());
    const uses = must(this.#uses.get(hash));
    if (fromWindow && (uses >= this.shape.uses || this.#chance())) {
      this.#keep(hash);
    } else if (!fromWindow && uses > 0) {
      this.#uses.set(hash, uses - 1);
      this.#main.push(hash);
    } else {
      this.#uses.delete(hash);
      if (!fromWindow) return;
      this.#ghosts.add(hash);
      this.#evicted.push(hash);
      while (this.#evicted.length > this.shape.reach * this.capacity)
        this.#ghosts.delete(must(this.#evicted.shift()));
    }
  }

  #keep(hash: number): void {
    this.#uses.set(hash, 0);
    this.#main.push(hash);
  }

  #chance(): boolean {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random < 2 ** 32 / 128;
  }
}

describe('Miniature', () => {
  const seed = testSeed();

  test.each(SHAPES)(`in shape %j agrees with a naive implementation (TEST_SEED=${seed})`, (shape) => {
    const capacity = fc.integer({ min: 1, max: LIMIT });
    // Mostly few keys, which come back; and a new capacity now and then.
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.nat(12) },
      { weight: 10, arbitrary: fc.nat(50) },
      { weight: 1, arbitrary: capacity.map((entries) => ({ entries })) },
    );
    fc.assert(
      fc.property(capacity, fc.array(step, { maxLength: 400, size: 'max' }), (entries, steps) => {
        const miniature = new Miniature(shape, LIMIT);
        miniature.reset(entries);
        const model = new NaiveMiniature(shape, entries);
        for (const each of steps) {
          if (typeof each === 'number') {
            const hash = Math.imul(each + 1, 0x9e3779b1);
            expect(miniature.access(hash)).toBe(model.access(hash));
          } else {
            miniature.resize(each.entries);
            model.capacity = each.entries;
          }
        }
      }),
      { seed, numRuns: 60 },
    );
  });

  test('forgets everything at a reset', () => {
    const miniature = new Miniature(must(SHAPES[0]), LIMIT);
    miniature.reset(LIMIT);
    for (let hash = 0; hash < 100; hash++) miniature.access(hash);
    miniature.reset(LIMIT);
    for (let hash = 0; hash < LIMIT; hash++) expect(miniature.access(hash)).toBe(false);
    for (let hash = 0; hash < LIMIT; hash++) expect(miniature.access(hash)).toBe(true);
  });
});
