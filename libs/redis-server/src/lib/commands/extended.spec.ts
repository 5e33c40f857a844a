import { describe, expect, test } from '@jest/globals';
import { addExtended, formatExtended, parseExtended, type Extended } from './extended.ts';

function sum(a: string, b: string): string | number {
  const result = addExtended(parseExtended(a) as Extended, parseExtended(b) as Extended);
  return typeof result === 'number' ? result : formatExtended(result);
}

describe('80-bit extended precision', () => {
  test.each([
    ['0.1', '0.2', '0.3'],
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['-1.5', '1.5', '0'],
    ['0', '-0', '0'],
    ['1e-17', '0', '0.00000000000000001'],
    ['1e-18', '0', '0'],
    ['18446744073709551615', '0', '18446744073709551615'],
    ['18446744073709551615', '2', '18446744073709551616'],
    ['0x1.8p1', '-0X.8', '2.5'],
    ['1e4932', '1e4932', Infinity],
    ['-1e4932', '-1e4932', -Infinity],
  ])('%s + %s = %s', (a, b, expected) => {
    expect(sum(a, b)).toBe(expected);
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '1,5',
    'x',
    '1e',
    '.',
    '--1',
    '1e5000',
    '-1e999999999',
    'nan',
    '0x',
    '0x1p',
    '1e-4951',
  ])('is no number: %j', (text) => {
    expect(parseExtended(text)).toBeUndefined();
  });

  test('many digits may come to little', () => {
    const zeros = '0'.repeat(5000);
    expect(sum(`1${zeros}e-5000`, '0')).toBe('1');
    expect(sum(`0.${zeros}1e5001`, '0')).toBe('1');
    expect(sum(`0x${zeros}1p-1`, '0')).toBe('0.5');
    expect(sum(`0x1${zeros}p-20000`, '0')).toBe('1');
  });

  test('texts of 5 KiB are no numbers, as for Redis', () => {
    expect(parseExtended('0'.repeat(5119))).toBeDefined();
    expect(parseExtended('0'.repeat(5120))).toBeUndefined();
  });

  test.each([
    ['inf', Infinity],
    ['-Infinity', -Infinity],
  ])('%s', (text, value) => {
    expect(parseExtended(text)).toBe(value);
  });
});
