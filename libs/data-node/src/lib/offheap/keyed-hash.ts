import { randomFillSync } from 'node:crypto';

/**
 * HalfSipHash-1-3 of a byte range: 32 bits, under a random 64-bit key.
 *
 * Whoever can choose keys must not be able to choose colliding ones, or a few thousand of them turn the index into a
 * linear search (Crosby and Wallach, 2003). A seed alone does not prevent that: for MurmurHash and similar
 * multiply-mixes there are inputs that collide under every seed (Aumasson, Bernstein and Bosslet, 2012). SipHash was made for
 * this purpose: every message word passes through a state that is secret from the first round on. HalfSipHash is its
 * form for 32-bit machines, hence for JavaScript's integers; 1 round per word and 3 at the end is what the Linux
 * kernel uses for its hash tables. It is no signature, and the answer never leaves the process.
 *
 * Words are put together from single bytes, so the range may start anywhere.
 */
export class KeyedHash {
  readonly #key0: number;
  readonly #key1: number;

  /** @param key two 32-bit integers; random by default */
  constructor(key: Int32Array = randomFillSync(new Int32Array(2))) {
    this.#key0 = key[0]!;
    this.#key1 = key[1]!;
  }

  /** A signed 32-bit integer. */
  of(bytes: Uint8Array, start: number, end: number): number {
    let v0 = this.#key0;
    let v1 = this.#key1;
    let v2 = 0x6c796765 ^ this.#key0;
    let v3 = 0x74656462 ^ this.#key1;

    let at = start;
    for (const stop = end - 3; at < stop; at += 4) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }

    // The last word: the bytes that are left, and the length's low byte on top. Then, finally, three rounds more.
    let word = (end - start) << 24;
    if (end - at > 2) word |= bytes[at + 2]! << 16;
    if (end - at > 1) word |= bytes[at + 1]! << 8;
    if (end - at > 0) word |= bytes[at]!;
    v3 ^= word;
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round === 0) {
        v0 ^= word;
        v2 ^= 0xff;
      }
    }
    return v1 ^ v3;
  }
}
