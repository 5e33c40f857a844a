import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addCounters, MAX_COUNTER_LENGTH, parseCounter, writeCounter } from './counter.ts';

const parse = (text: string): number | bigint | undefined => {
  const bytes = Buffer.from(`9${text}9`, 'latin1');
  return parseCounter(bytes, 1, bytes.length - 1);
};

const write = (value: number | bigint): string => {
  const target = Buffer.alloc(MAX_COUNTER_LENGTH);
  return target.toString('latin1', 0, writeCounter(value, target));
};

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer({ min: -200, max: 200 }).map(BigInt),
  fc
    .tuple(
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n), 10n ** 15n),
      fc.bigInt(-3n, 3n),
    )
    .map(([edge, off]) => BigInt.asIntN(64, edge + off)),
);

describe('parseCounter', () => {
  test.each<[string, number | bigint]>([
    ['0', 0],
    ['7', 7],
    ['-1', -1],
    ['999999999999999', 999999999999999],
    ['1000000000000000', 1e15],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  test.each([
    '',
    '-',
    '-0',
    '00',
    '01',
    '-01',
    '+1',
    ' 1',
    '1 ',
    '1\n',
    '1.0',
    '1e3',
    '0x10',
    '--1',
    '1-',
    '12345678901234567890a',
    '9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999',
    '123456789012345678901',
    '\u00b2',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('accepts exactly what a pattern and BigInt accept', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('0', '1', '9', '-', '+', ' '), maxLength: 22 }),
      int64.map(String),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const valid =
          /^(0|-?[1-9][0-9]*)$/.test(candidate) && BigInt.asIntN(64, BigInt(candidate)) === BigInt(candidate);
        const value = parse(candidate);
        expect(value === undefined ? undefined : BigInt(value)).toBe(valid ? BigInt(candidate) : undefined);
      }),
      { numRuns: 500 },
    );
  });
});

describe('addCounters and writeCounter', () => {
  test('agree with BigInt', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const sum = addCounters(parse(String(a))!, parse(String(b))!);
        if (BigInt.asIntN(64, a + b) === a + b) expect(write(sum!)).toBe(String(a + b));
        else expect(sum).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('use a BigInt only where a number is not enough', () => {
    expect(addCounters(Number.MAX_SAFE_INTEGER, 1)).toBe(9007199254740992n);
    expect(addCounters(9007199254740992n, -1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(addCounters(1e300, 1)).toBeUndefined();
    expect(write(addCounters(0, -0)!)).toBe('0');
    expect(write(addCounters(-5, 5)!)).toBe('0');
  });
});
