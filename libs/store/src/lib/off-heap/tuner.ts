import { Miniature } from './miniature.ts';
import type { Shape } from './shape.ts';

/**
 * The shapes that compete. They lie far apart, because the hit ratio is flat around the best one: from a store that hardly
 * changes any more (the best there is for loops longer than the store), by ones that ask for a second use sooner or
 * later, to nearly one queue in the order of age, where recent use is all that counts.
 */
export const SHAPES: readonly Shape[] = [
  { window: 0.02, reach: 0, uses: 1 },
  { window: 0.02, reach: 0.375, uses: 1 },
  { window: 0.02, reach: 2, uses: 1 },
  { window: 0.05, reach: 0.5, uses: 1 },
  { window: 0.1, reach: 1, uses: 2 },
  { window: 0.2, reach: 1, uses: 1 },
  { window: 0.5, reach: 1, uses: 1 },
  { window: 0.9, reach: 0.375, uses: 1 },
];
const INITIAL_SHAPE = 3;

/** Entries of a miniature, at most; at least an eighth of it, unless the store is smaller. */
const LIMIT = 1024;
/** A miniature smaller than this decides no sooner. */
const MIN_PERIOD = 64;
/** What hits of the last period still count in the next. */
const DECAY = 0.95;

/** No key is so rare: nothing is sampled. */
export const NOTHING = 8;

/**
 * How rare a hash is, 0 to 7: a share of 1/4^n of all keys has rarity n or more. A sample is what is rare enough, so that
 * three bits of an entry tell whether it belongs to it, whatever the size of the sample is by then.
 */
export function rarityOf(hash: number): number {
  return Math.min(Math.clz32(hash) >> 1, NOTHING - 1);
}

/**
 * Finds the shape that hits most, by trying all of them on a sample.
 *
 * A few keys in a thousand, chosen by their hashes, and a store that is smaller in the same proportion have nearly the hit
 * ratio of the whole (Waldspurger, Saemundsson, Ahmad and Park, "Cache modeling and optimization using miniature
 * simulations", 2017). So each shape has a miniature, all see the same accesses, and the one with the most hits is the
 * store's. Hits count less the longer ago they were. Since every miniature sees the same accesses, what is luck in the
 * choice of keys or in the workload's ups and downs is the same for all, and small differences show.
 *
 * Before the first eviction all shapes are equal, and nothing is sampled.
 */
export class Tuner {
  shape: Shape = SHAPES[INITIAL_SHAPE]!;
  /** Keys of this rarity and above are the sample. */
  sampling = NOTHING;
  #miniatures: readonly Miniature[] = [];
  readonly #scores = new Float64Array(SHAPES.length);
  #current = INITIAL_SHAPE;
  #accesses = 0;
  #period = MIN_PERIOD;

  /** The store is full for the first time. @param entries that it has */
  start(entries: number): void {
    this.#miniatures = SHAPES.map((shape) => new Miniature(shape, LIMIT));
    this.sampling = 0;
    this.#resize(entries, true);
  }

  /** A key of the sample was used, or stored. @param entries that the store has */
  access(hash: number, entries: number): void {
    for (let i = 0; i < this.#miniatures.length; i++) {
      if (this.#miniatures[i]!.access(hash)) this.#scores[i]!++;
    }
    if (++this.#accesses >= this.#period) this.#decide(entries);
  }

  reset(): void {
    this.sampling = NOTHING;
    this.#miniatures = [];
    this.#scores.fill(0);
    this.#accesses = 0;
    this.#choose(INITIAL_SHAPE);
  }

  #decide(entries: number): void {
    const scores = this.#scores;
    let best = this.#current;
    for (let i = 0; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
    this.#choose(best);
    for (let i = 0; i < scores.length; i++) scores[i]! *= DECAY;
    this.#accesses = 0;
    this.#resize(entries, false);
  }

  #choose(index: number): void {
    this.#current = index;
    this.shape = SHAPES[index]!;
  }

  /** Makes the miniatures as large as their share of the store; takes another sample when they would be out of bounds. */
  #resize(entries: number, restart: boolean): void {
    const before = this.sampling;
    while (this.#share(entries) > LIMIT && this.sampling < NOTHING - 1) this.sampling++;
    while (this.#share(entries) < LIMIT / 8 && this.sampling > 0) this.sampling--;
    const capacity = Math.min(Math.max(Math.round(this.#share(entries)), 1), LIMIT);
    this.#period = Math.max(capacity, MIN_PERIOD);
    for (const miniature of this.#miniatures) {
      if (restart || this.sampling !== before) miniature.reset(capacity);
      else miniature.resize(capacity);
    }
  }

  #share(entries: number): number {
    return entries / 4 ** this.sampling;
  }
}
