import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { murmur3, murmur3Bytes } from './murmur3.ts';

describe('murmur3', () => {
  test('has the verification value of SMHasher, the test suite of its author', () => {
    // Hash the keys {}, {0}, {0,1}, ... {0..254}, the one of length n with seed 256 - n, then all the results.
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const results = Buffer.alloc(256 * 4);
    for (let n = 0; n < 256; n++) results.writeUInt32LE(murmur3Bytes(bytes.subarray(0, n), 256 - n), n * 4);
    expect(murmur3Bytes(results, 0)).toBe(0xb0f57ee3);
  });

  test.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('has the published value for "%s" with seed %i', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected);
  });

  test('hashes a text as its UTF-8 bytes, whatever its characters are and wherever they stand', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constant('a'), fc.string({ unit: 'binary', maxLength: 1 })),
      maxLength: 24,
    });
    fc.assert(
      fc.property(text, fc.nat(), (value, seed) => {
        expect(murmur3(value, seed)).toBe(murmur3Bytes(Buffer.from(value), seed));
      }),
      { numRuns: 200 },
    );
  });
});
