import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digitCount, putDigits } from './digits.ts';
import { parseInteger } from './integer.ts';

const parse = (text: string) => parseInteger(Buffer.from(`<${text}>`), 1, 1 + text.length);

describe('parseInteger', () => {
  test.each<[string, number | bigint | undefined]>([
    ['0', 0],
    ['7', 7],
    ['-1', -1],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['9223372036854775808', undefined],
    ['-9223372036854775808', -9223372036854775808n],
    ['-9223372036854775809', undefined],
    ['10000000000000000000', undefined],
    ['', undefined],
    ['-', undefined],
    ['-0', undefined],
    ['00', undefined],
    ['01', undefined],
    ['-01', undefined],
    ['+1', undefined],
    [' 1', undefined],
    ['1 ', undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1/', undefined],
    ['1:', undefined],
  ])('%j is %s', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  test('gives back every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(String(parse(String(value)))).toBe(String(value));
      }),
    );
  });
});

describe('putDigits', () => {
  test('writes as many digits as it counts, next to what is there', () => {
    const numbers = fc.oneof(
      fc.nat(0x7fffffff),
      fc.nat(9).map((digits) => 10 ** digits),
      fc.nat(9999),
    );
    fc.assert(
      fc.property(numbers, fc.constantFrom(0, 1), (number, less) => {
        const value = Math.max(0, number - less);
        const buffer = Buffer.from('.............');
        const end = putDigits(buffer, 1, value);
        expect(buffer.toString()).toBe(`.${value}`.padEnd(13, '.'));
        expect(end).toBe(1 + digitCount(value));
      }),
    );
  });
});
