import { describe, expect, test } from '@jest/globals';
import { ProtocolError, RespError } from './errors.ts';
import type { RequestLimits } from './limits.ts';
import { RequestParser } from './request-parser.ts';
import { bytesOf, command, expectOutcome, outcomeOf, PING } from './request-parser.spec-helper.ts';

describe('broken requests answer in the words of Redis', () => {
  const invalidCount = 'Protocol error: invalid multibulk length';
  const invalidLength = 'Protocol error: invalid bulk length';
  test.each<[string, string]>([
    ['*\r\n', invalidCount],
    ['*abc\r\n', invalidCount],
    ['*01\r\n', invalidCount],
    ['*-0\r\n', invalidCount],
    ['*+1\r\n', invalidCount],
    ['* 1\r\n', invalidCount],
    ['*1 \r\n', invalidCount],
    ['*\n1\r\n', invalidCount],
    ['*1048577\r\n', invalidCount],
    ['*2147483648\r\n', invalidCount],
    ['*9223372036854775808\r\n', invalidCount],
    ['*-9223372036854775809\r\n', invalidCount],
    ['*1\r\n$\r\n', invalidLength],
    ['*1\r\n$-1\r\n', invalidLength],
    ['*1\r\n$-0\r\n', invalidLength],
    ['*1\r\n$04\r\nPING\r\n', invalidLength],
    ['*1\r\n$00\r\n\r\n', invalidLength],
    ['*1\r\n$4x\r\nPING\r\n', invalidLength],
    ['*1\r\n$536870913\r\n', invalidLength],
    ['*1\r\n$99999999999999999999\r\n', invalidLength],
    ['*1\r\n:1\r\n', "Protocol error: expected '$', got ':'"],
    ['*1\r\nPING\r\n', "Protocol error: expected '$', got 'P'"],
    ['*1\r\n*1\r\n$4\r\nPING\r\n', "Protocol error: expected '$', got '*'"],
    ['*1\r\n\r\n', "Protocol error: expected '$', got ' '"],
    ['*1\r\n\n\r\n', "Protocol error: expected '$', got ' '"],
    ['*1\r\n\xe9\r\n', "Protocol error: expected '$', got '\xe9'"],
    ['GET "a\r\n', 'Protocol error: unbalanced quotes in request'],
    ["GET 'a'b\r\n", 'Protocol error: unbalanced quotes in request'],
  ])('%j', (text, error) => {
    expectOutcome(`${PING}${text}${PING}`, { commands: [['PING']], error });
  });

  const limits = { maxLineLength: 64 };
  test.each<[string, string, string | undefined]>([
    ['inline, longest', `${'a'.repeat(64)}\n`, undefined],
    ['inline, longest with CR', `${'a'.repeat(63)}\r\n`, undefined],
    ['inline, too long', `${'a'.repeat(65)}\n`, 'Protocol error: too big inline request'],
    ['inline, too long and not at its end', 'a'.repeat(65), 'Protocol error: too big inline request'],
    ['count, long', `*${'1'.repeat(63)}\r\n`, invalidCount],
    ['count, too long', `*${'1'.repeat(64)}\r\n`, 'Protocol error: too big mbulk count string'],
    ['length, long', `*1\r\n$${'1'.repeat(63)}\r\n`, invalidLength],
    ['length, too long', `*1\r\n$${'1'.repeat(64)}\r\n`, 'Protocol error: too big bulk count string'],
    [
      'length without a dollar, too long',
      `*1\r\n${'x'.repeat(65)}`,
      'Protocol error: too big bulk count string',
    ],
  ])('line length: %s', (_name, text, error) => {
    const commands = error === undefined ? [[text.trim()]] : [];
    expectOutcome(text, { commands, error }, limits);
  });

  test('the default line length is that of Redis', () => {
    const long = 'a'.repeat(64 * 1024);
    expect(outcomeOf([bytesOf(`${long}\n`)])).toEqual({ commands: [[long]], error: undefined });
    expect(outcomeOf([bytesOf(`${long}a`)]).error).toBe('Protocol error: too big inline request');
    expect(outcomeOf([bytesOf(`*${'1'.repeat(65535)}`)]).error).toBeUndefined();
    expect(outcomeOf([bytesOf(`*${'1'.repeat(65536)}`)]).error).toBe(
      'Protocol error: too big mbulk count string',
    );
  });

  test.each<[string, Partial<RequestLimits>, string | undefined]>([
    [command('a', 'b', 'c'), { maxArguments: 3 }, undefined],
    [command('a', 'b', 'c'), { maxArguments: 2 }, invalidCount],
    [command('a', 'bcd'), { maxBulkLength: 3 }, undefined],
    [command('a', 'bcd'), { maxBulkLength: 2 }, invalidLength],
    [command('a', 'b'.repeat(21)), { maxCommandLength: 39 }, undefined],
    [
      command('a', 'b'.repeat(22)),
      { maxCommandLength: 39 },
      'Protocol error: max query buffer length reached',
    ],
  ])('%j within %j', (text, limits, error) => {
    const commands = error === undefined ? outcomeOf([bytesOf(text)]).commands : [];
    expect(error === undefined).toBe(commands.length === 1);
    expectOutcome(text, { commands, error }, limits);
  });

  test.each<[string, string | undefined]>([
    ['*10\r\n', undefined],
    ['*11\r\n', 'Protocol error: unauthenticated multibulk length'],
    ['*1048577\r\n', 'Protocol error: unauthenticated multibulk length'],
    ['*2147483648\r\n', invalidCount],
    ['*1\r\n$16384\r\n', undefined],
    ['*1\r\n$16385\r\n', 'Protocol error: unauthenticated bulk length'],
    ['*1\r\n$536870913\r\n', invalidLength],
  ])('before the client has authenticated: %j', (text, error) => {
    expectOutcome(text, { commands: [], error }, {}, true);
  });

  test('authentication lifts the limits for the next command of the same read', () => {
    const parser = new RequestParser();
    parser.restricted = true;
    const long = command('DEL', ...Array.from('abcdefghijklmnop'));
    parser.feed(bytesOf(command('AUTH', 'secret') + long));
    expect(parser.next()).toBe(true);
    parser.restricted = false;
    expect(parser.next()).toBe(true);
    expect(parser.count).toBe(17);
  });

  test('a limit that changes holds for the next command', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(command('SET', 'abc') + command('SET', 'abc')));
    expect(parser.next()).toBe(true);
    parser.limits = { maxBulkLength: 2 };
    expect(parser.next()).toBe(false);
    expect(parser.error?.code).toBe('invalid-bulk-length');
  });

  test('nothing is read after an error', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf('*x\r\n'));
    expect(parser.next()).toBe(false);
    const { error } = parser;
    expect(error).toBeInstanceOf(ProtocolError);
    parser.feed(bytesOf(PING));
    parser.keep();
    expect(parser.next()).toBe(false);
    expect(parser.error).toBe(error);
    expect(parser.keptBytes).toBe(0);
  });

  test.each<Partial<RequestLimits>>([
    { maxArguments: 0 },
    { maxBulkLength: 2 ** 31 },
    { maxLineLength: 1.5 },
    { maxCommandLength: NaN },
  ])('limits that make no sense are refused: %j', (limits) => {
    expect(() => new RequestParser(limits)).toThrow(RespError);
    expect(() => (new RequestParser().limits = limits)).toThrow(Object.keys(limits)[0]);
  });
});
