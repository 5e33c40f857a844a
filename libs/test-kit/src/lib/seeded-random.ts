import { invalid } from './errors.ts';

// Taken from the global object once: within Jest's module contexts each look-up of a global costs more than a draw.
const { imul } = Math;

/** The four words of a generator's state. */
export type Xoshiro128State = readonly [number, number, number, number];

/**
 * Pseudo-random numbers that a seed repeats: xoshiro128** 1.1 (David Blackman, Sebastiano Vigna: "Scrambled Linear
 * Pseudorandom Number Generators", 2018), period 2^128 - 1, and 32-bit arithmetic throughout, which suits JavaScript.
 * Two outputs of SplitMix64 make its state from a seed, as its authors recommend. Not for secrets.
 */
export class SeededRandom {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /** @param seed an integer from 0 to 2^53 - 1, or a whole state (for the generator's reference vectors) */
  constructor(seed: number | Xoshiro128State) {
    [this.#s0, this.#s1, this.#s2, this.#s3] = typeof seed === 'number' ? stateOf(seed) : seed;
  }

  /** An integer from 0 to 2^32 - 1: the generator's own output. */
  uint32(): number {
    const scrambled = imul(rotateLeft(imul(this.#s1, 5), 7), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = rotateLeft(this.#s3, 11);
    return scrambled;
  }

  /** A number in [0, 1), all 53 bits of its mantissa random. */
  next(): number {
    return this.#uint53() / 2 ** 53;
  }

  /** An integer in [0, bound), each equally likely (by rejection, so that no remainder is favoured). */
  integer(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw invalid('bound', 'an integer from 1 to 2^53 - 1', bound);
    }
    if (bound > 2 ** 32) {
      const accepted = 2 ** 53 - (2 ** 53 % bound);
      let drawn = this.#uint53();
      while (drawn >= accepted) drawn = this.#uint53();
      return drawn % bound;
    }
    const accepted = 2 ** 32 - (2 ** 32 % bound);
    let drawn = this.uint32();
    while (drawn >= accepted) drawn = this.uint32();
    return drawn % bound;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items, each equally likely. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw invalid('items', 'a list with at least one item', '[]');
    return itemAt(items, this.integer(items.length));
  }

  /** A new list with the same items, every order equally likely (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [shuffled[i], shuffled[j]] = [itemAt(shuffled, j), itemAt(shuffled, i)];
    }
    return shuffled;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() >>> 24;
    return bytes;
  }

  /**
   * A new generator, seeded from this one: one for each concurrent client, so that the sequence a client sees does not
   * depend on how the clients' calls interleave.
   */
  fork(): SeededRandom {
    return new SeededRandom(this.#uint53());
  }

  #uint53(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return high * 2 ** 26 + low;
  }
}

/**
 * SplitMix64 (Guy Steele, Doug Lea, Christine Flood, 2014): each call returns the next 64-bit output of the generator
 * that started at `seed`. Slow, by BigInt: it only makes seeds.
 */
export function splitMix64(seed: bigint): () => bigint {
  const wrap = (x: bigint) => BigInt.asUintN(64, x);
  let state = wrap(seed);
  return () => {
    state = wrap(state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

/** Never all zero, which xoshiro cannot leave: only one state of SplitMix64 has the output 0. */
function stateOf(seed: number): Xoshiro128State {
  if (!Number.isSafeInteger(seed) || seed < 0) throw invalid('seed', 'an integer from 0 to 2^53 - 1', seed);
  const next = splitMix64(BigInt(seed));
  const [first, second] = [next(), next()];
  const low = (x: bigint) => Number(BigInt.asIntN(32, x));
  return [low(first), low(first >> 32n), low(second), low(second >> 32n)];
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** What stands at an index within the list, which may be undefined where items may. */
function itemAt<T>(items: readonly T[], index: number): T {
  return items[index] as T;
}
