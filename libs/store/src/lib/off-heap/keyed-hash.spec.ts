import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { KeyedHash } from './keyed-hash.ts';

const WORDS = 32 * 256 + 1;
const hashOf = (hash: KeyedHash, bytes: Uint8Array): number => hash.of(bytes, 0, bytes.length);

/** Numbers that are the same in every run (xorshift32). */
function numbers(seed: number, length: number): Int32Array {
  let state = seed;
  return Int32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

/** The same function, written down from its definition with whole numbers of any size. */
function reference(random: Int32Array, bytes: Uint8Array): number {
  const modulus = 2n ** 32n;
  const factor = BigInt(must(random[WORDS - 1]) | 1);
  let hash = 0n;
  bytes.forEach((byte, i) => {
    if (i > 0 && i % 32 === 0)
      hash = ((hash ^ (hash >> 15n)) * (((factor % modulus) + modulus) % modulus)) % modulus;
    hash ^= BigInt(must(random[(i % 32) * 256 + byte]) >>> 0);
  });
  return Number(BigInt.asIntN(32, hash));
}

describe('KeyedHash', () => {
  test('is tabulation hashing in blocks, for every length', () => {
    const random = numbers(1, WORDS);
    const hash = new KeyedHash(random);
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167) ^ (i >> 3));
    for (let length = 0; length <= bytes.length; length++) {
      expect(hash.of(bytes, 0, length)).toBe(reference(random, bytes.subarray(0, length)));
    }
  });

  test('reads exactly the range, wherever it starts', () => {
    const hash = new KeyedHash();
    const key = Uint8Array.from({ length: 43 }, (_, i) => i * 11);
    for (let start = 0; start < 9; start++) {
      const buffer = new Uint8Array(64).fill(0xc0 + start);
      buffer.set(key, start);
      expect(hash.of(buffer, start, start + key.length)).toBe(hashOf(hash, key));
    }
  });

  test('has other numbers in each instance', () => {
    const hashes = new Set(Array.from({ length: 50 }, () => hashOf(new KeyedHash(), Buffer.from('key'))));
    expect(hashes.size).toBeGreaterThan(48);
  });

  test.each([4, 7, 16, 33, 100])(
    'every bit of %i bytes flips every bit of the hash half of the time',
    (length) => {
      const rounds = 400;
      const flips = new Float64Array(length * 8 * 32);
      for (let round = 0; round < rounds; round++) {
        const hash = new KeyedHash(numbers(Math.imul(round + 1, 0x9e3779b1), WORDS));
        const bytes = Uint8Array.from({ length }, (_, i) => Math.imul(round + 1, i * 31 + 7) >>> 8);
        const before = hashOf(hash, bytes);
        for (let bit = 0; bit < length * 8; bit++) {
          bytes[bit >> 3] = must(bytes[bit >> 3]) ^ (1 << (bit & 7));
          const changed = before ^ hashOf(hash, bytes);
          bytes[bit >> 3] = must(bytes[bit >> 3]) ^ (1 << (bit & 7));
          for (let out = 0; out < 32; out++)
            flips[bit * 32 + out] = must(flips[bit * 32 + out]) + ((changed >>> out) & 1);
        }
      }
      // Seven standard deviations of a fair coin.
      const tolerance = 7 * Math.sqrt(rounds / 4);
      for (const count of flips) expect(Math.abs(count - rounds / 2)).toBeLessThan(tolerance);
    },
  );

  // 100,000 random 32-bit numbers have 1.2 collisions on average.
  test.each([
    ['in a few digits', (i: number) => `key:${String(i).padStart(12, '0')}`],
    ['in their length', (i: number) => '\0'.repeat(i % 400) + String(Math.floor(i / 400))],
    [
      'in the block that a digit is in',
      (i: number) => `${'x'.repeat((i % 20) * 32)}${i}${'x'.repeat(640 - (i % 20) * 32)}`,
    ],
    ['in the order of their blocks', (i: number) => inOrder(i)],
  ])('collides no more than chance on keys that differ %s', (_name, keyOf) => {
    const hash = new KeyedHash();
    const keys = new Set<string>();
    const seen = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      const key = keyOf(i);
      keys.add(key);
      seen.add(hashOf(hash, Buffer.from(key)));
    }
    expect(keys.size).toBe(100_000);
    expect(keys.size - seen.size).toBeLessThan(20);
  });
});

/** Nine blocks in the i-th of their orders. */
function inOrder(i: number): string {
  const blocks = Array.from({ length: 9 }, (_, block) => String(block).repeat(32));
  let rest = i;
  let key = '';
  for (let left = blocks.length; left > 0; left--) {
    key += must(blocks.splice(rest % left, 1)[0]);
    rest = Math.floor(rest / left);
  }
  return key;
}
