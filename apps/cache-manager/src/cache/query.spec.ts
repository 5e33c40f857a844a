import { describe, expect, test } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import fc from 'fast-check';
import { parseQuery } from './query.ts';

const text = fc.string({ unit: 'binary' });
const name = text.filter((each) => !['key', 'value', 'ttl'].includes(each));

describe('parseQuery', () => {
  test('reads what URLSearchParams writes', () => {
    fc.assert(
      fc.property(
        text.filter((key) => key !== ''),
        fc.option(text, { nil: undefined }),
        fc.array(fc.tuple(name, text)),
        (key, value, others) => {
          const pairs = [...others, ['key', key], ...(value === undefined ? [] : [['value', value]])];
          const query = new URLSearchParams(pairs as [string, string][]);
          expect(parseQuery(`/?${query.toString()}`)).toEqual({ key, value, ttl: undefined });
        },
      ),
    );
  });

  test('reads what encodeURIComponent writes', () => {
    fc.assert(
      fc.property(
        text.filter((key) => key !== ''),
        text,
        (key, value) => {
          const target = `/?value=${encodeURIComponent(value)}&key=${encodeURIComponent(key)}&ttl=5`;
          expect(parseQuery(target)).toEqual({ key, value, ttl: 5 });
        },
      ),
    );
  });

  test('agrees with the URL standard on any query, or refuses it', () => {
    const query = fc.string({
      unit: fc.constantFrom('key', 'value', '=', '&', '%', '+', '4', 'f', 'C3', 'A9', 'é', '?', '/', '"'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(query, (raw) => {
        const bytes = Buffer.from(`/?key=${raw}`).toString('latin1');
        let parsed;
        try {
          parsed = parseQuery(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BadRequestException);
          return;
        }
        const standard = new URLSearchParams(`key=${raw}`);
        expect(standard.getAll('key')).toEqual([parsed.key]);
        expect(standard.get('value') ?? undefined).toBe(parsed.value);
      }),
    );
  });

  test('takes a key of safe characters as it is, like any other key', () => {
    const safe = fc.string({
      unit: fc.constantFrom(...Array.from('abz019-._~!*()/:@?=,;"\\<>^`{|}[]$\'')),
      minLength: 1,
    });
    fc.assert(
      fc.property(safe, (key) => {
        const short = parseQuery(`/?key=${key}`);
        expect(short).toEqual({ key, value: undefined, ttl: undefined });
        expect(parseQuery(`/?&key=${key}`)).toEqual(short);
      }),
    );
  });

  test('a name in a message is cut short', () => {
    expect(() => parseQuery(`/?key=a&${'x'.repeat(100_000)}=%`)).toThrow(/^x{64}\.\.\. has broken/);
  });
});
