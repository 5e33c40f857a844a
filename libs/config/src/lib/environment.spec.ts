import { describe, expect, test } from '@jest/globals';
import { EnvironmentReader, isLoopback, requirePasswordFor } from './environment.ts';
import { ConfigError } from './errors.ts';

const reader = (text?: string) => new EnvironmentReader(text === undefined ? {} : { NAME: text });

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('was accepted');
}

describe('EnvironmentReader', () => {
  test('answers the fallback for what is not set', () => {
    const read = reader();
    expect(read.integer('NAME', 1, 2, 7)).toBe(7);
    expect(read.integer('NAME', 1, 2, undefined)).toBeUndefined();
    expect(read.size('NAME', 1, 2, 7)).toBe(7);
    expect(read.choice('NAME', ['a', 'b'], 'a')).toBe('a');
    expect(read.flag('NAME', true)).toBe(true);
    expect(read.host('NAME', '127.0.0.1')).toBe('127.0.0.1');
    expect(read.password('NAME')).toBeUndefined();
    expect(read.text('NAME', 5)).toBeUndefined();
  });

  test.each([
    ['0', 0],
    ['65535', 65_535],
  ])('integer %s', (text, value) => {
    expect(reader(text).integer('NAME', 0, 65_535, 1)).toBe(value);
  });

  test.each(['', '-1', '65536', '80a', ' 80', '0x50', '1e3', '8080.0'])(
    'is no integer to 65535: %j',
    (text) => {
      expect(refusal(() => reader(text).integer('NAME', 0, 65_535, 1))).toBe(
        `NAME must be an integer from 0 to 65535, but is ${JSON.stringify(text)}.`,
      );
    },
  );

  test.each([
    ['1', 1],
    ['2KB', 2048],
    ['64mb', 64 * 2 ** 20],
    ['1gb', 2 ** 30],
  ])('size %s', (text, value) => {
    expect(reader(text).size('NAME', 1, 2 ** 40, 1)).toBe(value);
  });

  test.each(['', '0', '64 mb', '64m', '-1mb', '1.5gb', 'mb', '1025gb'])('is no size: %j', (text) => {
    expect(refusal(() => reader(text).size('NAME', 1, 2 ** 40, 1))).toMatch(
      /^NAME must be a size from 1 to 1024gb/,
    );
  });

  test.each(['', ' ', 'a b', 'http://x', '-x', '1.2.3.4:80'])('is no host: %j', (text) => {
    expect(refusal(() => reader(text).host('NAME', 'x'))).toMatch(
      /^NAME must be an IP address or a host name/,
    );
  });

  test.each(['', ' a', 'a ', 'a\nb', 'x'.repeat(1025)])('is no password, and is not shown: %j', (text) => {
    const message = refusal(() => reader(text).password('NAME'));
    expect(message).toMatch(/^NAME must be 1 to 1024 characters/);
    if (text.trim() !== '' && text.length > 1) expect(message).not.toContain(JSON.stringify(text));
  });

  test.each(['', 'a b', 'abcdef'])('is no name of up to 5 characters: %j', (text) => {
    expect(refusal(() => reader(text).text('NAME', 5))).toMatch(
      /^NAME must be 1 to 5 characters without spaces/,
    );
  });

  test('a long value is cut short', () => {
    expect(refusal(() => reader('x'.repeat(10_000)).choice('NAME', ['a'], 'a')).length).toBeLessThan(200);
  });

  test('refuses what this version does not know', () => {
    expect(refusal(() => reader('').refuse(['OTHER', 'NAME']))).toMatch(/^NAME is not supported yet/);
    reader().refuse(['NAME']);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['LocalHost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.example.org', false],
  ['::ffff:127.0.0.1', false],
])('%s is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
  const check = (password: string | undefined, open: boolean) => () => {
    requirePasswordFor('HTTP_HOST', host, password, open);
  };
  if (loopback) check(undefined, false)();
  else expect(check(undefined, false)).toThrow(/^HTTP_HOST .* set PASSWORD, or ALLOW_OPEN=true/);
  check('p', false)();
  check(undefined, true)();
});
