import { describe, expect, test } from '@jest/globals';
import { KeyedHash } from './keyed-hash.ts';

const hashOf = (hash: KeyedHash, bytes: Uint8Array): number => hash.of(bytes, 0, bytes.length);
const KEY = Int32Array.of(0x03020100, 0x07060504);

/** The same function written down from its definition: state as unsigned numbers, message as a byte list. */
function reference(key: Int32Array, bytes: Uint8Array): number {
  const v = [key[0]!, key[1]!, 0x6c796765 ^ key[0]!, 0x74656462 ^ key[1]!].map((word) => word >>> 0);
  const rotate = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0;
  const round = (): void => {
    const mix = (a: number, b: number, by: number): void => {
      v[a] = (v[a]! + v[b]!) % 2 ** 32;
      v[b] = (rotate(v[b]!, by) ^ v[a]) >>> 0;
    };
    mix(0, 1, 5);
    v[0] = rotate(v[0]!, 16);
    mix(2, 3, 8);
    mix(0, 3, 7);
    mix(2, 1, 13);
    v[2] = rotate(v[2]!, 16);
  };
  const padded = new Uint8Array((bytes.length & ~3) + 4);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length;
  const words = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = words.getUint32(at, true);
    v[3] = (v[3]! ^ word) >>> 0;
    round();
    v[0] = (v[0]! ^ word) >>> 0;
  }
  v[2] = (v[2]! ^ 0xff) >>> 0;
  for (let i = 0; i < 3; i++) round();
  return v[1]! ^ v[3]!;
}

describe('KeyedHash', () => {
  test('is HalfSipHash-1-3 for every length', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167) ^ (i >> 3));
    const hash = new KeyedHash(KEY);
    for (let length = 0; length <= bytes.length; length++) {
      expect(hash.of(bytes, 0, length)).toBe(reference(KEY, bytes.subarray(0, length)));
    }
  });

  test('reads exactly the range, wherever it starts', () => {
    const hash = new KeyedHash(KEY);
    const key = Uint8Array.from({ length: 23 }, (_, i) => i * 11);
    for (let start = 0; start < 9; start++) {
      const buffer = new Uint8Array(64).fill(0xc0 + start);
      buffer.set(key, start);
      expect(hash.of(buffer, start, start + key.length)).toBe(hashOf(hash, key));
    }
  });

  test('has another key in each instance', () => {
    const hashes = new Set(Array.from({ length: 50 }, () => hashOf(new KeyedHash(), Buffer.from('key'))));
    expect(hashes.size).toBeGreaterThan(48);
  });

  test.each([4, 7, 16, 33])(
    'every bit of %i bytes flips every bit of the hash half of the time',
    (length) => {
      const rounds = 400;
      const flips = new Float64Array(length * 8 * 32);
      for (let round = 0; round < rounds; round++) {
        const hash = new KeyedHash(
          Int32Array.of(Math.imul(round, 0x9e3779b1), Math.imul(round, 0x85ebca6b) + 1),
        );
        const bytes = Uint8Array.from({ length }, (_, i) => Math.imul(round + 1, i * 31 + 7) >>> 8);
        const before = hashOf(hash, bytes);
        for (let bit = 0; bit < length * 8; bit++) {
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          const changed = before ^ hashOf(hash, bytes);
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          for (let out = 0; out < 32; out++) flips[bit * 32 + out]! += (changed >>> out) & 1;
        }
      }
      // Seven standard deviations of a fair coin.
      const tolerance = 7 * Math.sqrt(rounds / 4);
      for (const count of flips) expect(Math.abs(count - rounds / 2)).toBeLessThan(tolerance);
    },
  );

  test('collides no more than chance on keys that differ little', () => {
    const hash = new KeyedHash();
    const seen = new Set<number>();
    for (let i = 0; i < 200_000; i++)
      seen.add(hashOf(hash, Buffer.from(`key:${String(i).padStart(12, '0')}`)));
    // 200,000 random 32-bit numbers have 4.7 collisions on average.
    expect(200_000 - seen.size).toBeLessThan(30);
  });
});
