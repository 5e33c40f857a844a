import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodePlace, encodeCursor, fingerprintOf, groupOf, GROUPS } from './scan-cursor.ts';

const position = (stops: number) =>
  fc.record({ group: fc.nat(GROUPS - 1), stop: fc.nat(stops - 1), entry: fc.nat(2 ** 30) });

describe('cursor of a scan', () => {
  test('says where it was made, and is never 0', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 512 }).chain((stops) => fc.tuple(fc.constant(stops), position(stops))),
        fc.string(),
        ([stops, at], text) => {
          const cursor = encodeCursor(at, fingerprintOf(text), stops);
          expect(cursor).toBeGreaterThan(0n);
          expect(cursor).toBeLessThan(2n ** 63n);
          expect(groupOf(cursor)).toBe(at.group);
          expect(decodePlace(cursor, fingerprintOf(text), stops)).toEqual({ stop: at.stop, entry: at.entry });
        },
      ),
    );
  });

  test('is good for another list of stops only by accident', () => {
    const cursor = encodeCursor({ group: 5, stop: 1, entry: 77 }, fingerprintOf('before'), 3);
    expect(decodePlace(cursor, fingerprintOf('after'), 3)).toBeUndefined();
    const prints = new Set(Array.from({ length: 1000 }, (_, i) => fingerprintOf(`topology ${i}`)));
    expect(prints.size).toBeGreaterThan(980);
  });

  test('fits into a double with three data nodes of 16 million entries', () => {
    const largest = encodeCursor({ group: GROUPS - 1, stop: 5, entry: 2 ** 24 }, 0xffff, 6);
    expect(largest).toBeLessThan(2n ** 53n);
  });

  test('any number of 64 bits is some group', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (cursor) => {
        expect(groupOf(cursor)).toBeLessThan(GROUPS);
        const place = decodePlace(cursor, Number((cursor / BigInt(GROUPS)) % 65536n), 3);
        expect(place!.stop).toBeLessThan(3);
      }),
    );
  });
});
