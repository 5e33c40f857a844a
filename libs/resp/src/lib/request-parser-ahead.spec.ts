import { describe, expect, test } from '@jest/globals';
import { CommandsAhead } from './commands-ahead.ts';
import { currentCommand, whole } from './reads.ts';
import { RequestParser } from './request-parser.ts';
import { bytesOf, command, outcomeOf, PING } from './request-parser.spec-helper.ts';

describe('looking ahead', () => {
  const commands = new CommandsAhead(4);
  /** The first arguments that lie ahead of a parser that was fed this and took `taken` commands. */
  function ahead(text: string, taken = 0): string[] {
    const parser = new RequestParser();
    const bytes = bytesOf(text);
    parser.feed(bytes);
    for (let i = 0; i < taken; i++) parser.next();
    const found = parser.lookAhead(commands);
    const { keyStarts, keyEnds } = commands;
    return Array.from({ length: found }, (_, i) =>
      parser.buffer.toString('latin1', keyStarts[i], keyEnds[i]),
    );
  }
  const get = (key: string) => command('GET', key);

  test.each<[string, string, string[]]>([
    [
      'commands of any number of arguments',
      get('a') + command('SET', 'b', 'c') + command('DEL', 'd', 'e'),
      ['a', 'b', 'd'],
    ],
    ['as many as there is room for', get('a').repeat(7), ['a', 'a', 'a', 'a']],
    ['up to one that has not arrived', get('a') + get('b').slice(0, -3), ['a']],
    ['up to one whose last line end has not arrived', get('a') + get('b').slice(0, -1), ['a']],
    ['up to one without arguments', get('a') + PING + get('b'), ['a']],
    ['up to an inline one', `${get('a')}GET b\r\n${get('c')}`, ['a']],
    ['up to one that is wrong', `${get('a')}*2\r\n$3\r\nGET\r\n$x\r\n`, ['a']],
    ['nothing in nothing', '', []],
  ])('finds %s', (_name, text, expected) => {
    expect(ahead(text)).toEqual(expected);
  });

  test('begins behind the current command', () => {
    expect(ahead(get('a') + get('b') + get('c'), 1)).toEqual(['b', 'c']);
  });

  test('may be done at any time, and again', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a') + command('SET', 'b', 'c') + get('d') + PING));
    const seen: string[][] = [];
    expect(parser.lookAhead(commands)).toBe(3);
    expect(parser.lookAhead(commands)).toBe(3);
    while (parser.next()) {
      seen.push(currentCommand(parser));
      parser.lookAhead(commands);
    }
    expect(seen).toEqual([['GET', 'a'], ['SET', 'b', 'c'], ['GET', 'd'], ['PING']]);
  });

  test('leaves commands with many arguments to the reading that takes any number', () => {
    const many = command('DEL', ...Array.from('abcdefghijklmnopq'));
    expect(ahead(get('a') + many + get('b'))).toEqual(['a']);
    expect(outcomeOf(whole(bytesOf(get('a') + many + get('b')))).commands).toEqual([
      ['GET', 'a'],
      ['DEL', ...Array.from('abcdefghijklmnopq')],
      ['GET', 'b'],
    ]);
  });

  test('finds nothing in the middle of a command', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a').slice(0, 10)));
    expect(parser.next()).toBe(false);
    parser.feed(bytesOf(get('b')));
    expect(parser.lookAhead(commands)).toBe(0);
  });

  test('what was read ahead is kept with the rest of the read', () => {
    const parser = new RequestParser();
    const network = bytesOf(get('a') + get('b') + get('c'));
    parser.feed(network);
    parser.lookAhead(commands);
    parser.next();
    parser.keep();
    network.fill(0);
    const seen: string[][] = [];
    while (parser.next()) seen.push(currentCommand(parser));
    expect(seen).toEqual([
      ['GET', 'b'],
      ['GET', 'c'],
    ]);
  });

  test('limits that change hold for what was read ahead', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a') + get('long') + get('b')));
    parser.lookAhead(commands);
    parser.next();
    parser.limits = { maxBulkLength: 3 };
    expect(parser.next()).toBe(false);
    expect(parser.error?.message).toBe('Protocol error: invalid bulk length');
  });

  test('one serves many parsers', () => {
    const [a, b] = [new RequestParser(), new RequestParser()];
    a.feed(bytesOf(get('a') + get('b')));
    a.lookAhead(commands);
    a.next();
    a.keep();
    b.feed(bytesOf(get('c') + get('d')));
    b.lookAhead(commands);
    for (const [parser, key] of [
      [b, 'c'],
      [a, 'b'],
      [b, 'd'],
    ] as const) {
      expect(parser.next()).toBe(true);
      expect(currentCommand(parser)).toEqual(['GET', key]);
    }
  });
});
