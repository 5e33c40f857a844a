import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDouble } from './double.ts';

describe('formatDouble', () => {
  // As C's printf("%.17g") writes them.
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [100, '100'],
    [-2.5, '-2.5'],
    [0.1, '0.10000000000000001'],
    [1 / 3, '0.33333333333333331'],
    [3.14159, '3.1415899999999999'],
    [123456.789, '123456.789'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [1e21, '1e+21'],
    [123456789012345680, '1.2345678901234568e+17'],
    [5e-324, '4.9406564584124654e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, 'nan'],
  ])('%d is %s', (value, expected) => {
    expect(formatDouble(value)).toBe(expected);
  });

  test('rounds a number halfway between two to the even one', () => {
    expect(formatDouble(1125899906842624.25)).toBe('1125899906842624.2');
    expect(formatDouble(1125899906842624.75)).toBe('1125899906842624.8');
  });

  test('gives back every double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatDouble(value))).toBe(value);
      }),
    );
  });
});
