import { describe, expect, test } from '@jest/globals';
import { currentCommand } from './reads.ts';
import { RequestParser } from './request-parser.ts';
import { bytesOf, command, expectOutcome, PING } from './request-parser.spec-helper.ts';

describe('commands', () => {
  test.each<[string, string, string[][]]>([
    ['one argument', PING, [['PING']]],
    ['three arguments', command('SET', 'key', 'value'), [['SET', 'key', 'value']]],
    ['empty arguments', command('SET', '', ''), [['SET', '', '']]],
    [
      'more arguments than there was room for',
      command(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789')),
      [Array.from('abcdefghijklmnopqrstuvwxyz0123456789')],
    ],
    [
      'line ends, NUL and protocol inside arguments',
      command('SET', '\r\n\0*1\r\n', '$-1\r\n\xff'),
      [['SET', '\r\n\0*1\r\n', '$-1\r\n\xff']],
    ],
    ['a pipeline', command('GET', 'a') + command('GET', 'b') + PING, [['GET', 'a'], ['GET', 'b'], ['PING']]],
    ['arrays without elements', `*0\r\n*-1\r\n*-9223372036854775808\r\n${PING}*0\r\n`, [['PING']]],
    [
      'lengths of many digits',
      command('x'.repeat(9), 'y'.repeat(10), 'z'.repeat(1234)),
      [['x'.repeat(9), 'y'.repeat(10), 'z'.repeat(1234)]],
    ],
    ['any two bytes after a bulk', '*1\r\n$4\r\nPINGab*1\r\n$4\r\nPING\0\0', [['PING'], ['PING']]],
    ['any byte after a carriage return', '*1\rx$4\rxPING\r\n', [['PING']]],
    ['inline', 'PING\r\n', [['PING']]],
    [
      'inline without a carriage return',
      'SET a b\nGET a\n',
      [
        ['SET', 'a', 'b'],
        ['GET', 'a'],
      ],
    ],
    ['inline with quotes', 'SET "a \\x41\\n" \'b c\'\r\nPING\r\n', [['SET', 'a A\n', 'b c'], ['PING']]],
    ['empty lines', `\r\n\n  \r\n${PING}\r\n`, [['PING']]],
    ['inline between others', `${PING}ECHO hi\r\n${PING}`, [['PING'], ['ECHO', 'hi'], ['PING']]],
    ['an empty name', '""\r\n*1\r\n$0\r\n\r\n', [[''], ['']]],
    ['half a command', '*2\r\n$3\r\nGET\r\n$5\r\nke', []],
    ['nothing', '', []],
  ])('%s', (_name, text, commands) => {
    expectOutcome(text, { commands, error: undefined });
  });

  test('a command that lies within a read is parsed where it is, and nothing is allocated', () => {
    const parser = new RequestParser();
    const read = bytesOf(`..${command('SET', 'key', 'value')}..`);
    const { starts, ends } = parser;
    for (let i = 0; i < 3; i++) {
      parser.feed(read, 2, read.length - 2);
      expect(parser.next()).toBe(true);
      expect(parser.buffer).toBe(read);
      expect(parser.starts).toBe(starts);
      expect(parser.ends).toBe(ends);
      expect(currentCommand(parser)).toEqual(['SET', 'key', 'value']);
      expect(parser.next()).toBe(false);
      expect(parser.keptBytes).toBe(0);
    }
  });

  test('after the end of an unfinished command, parsing goes on in the read itself', () => {
    const parser = new RequestParser();
    const text = command('SET', 'key', 'value'.repeat(1000));
    parser.feed(bytesOf(text.slice(0, 100)));
    expect(parser.next()).toBe(false);
    expect(parser.keptBytes).toBe(100);
    const read = bytesOf(text.slice(100) + PING.repeat(2));
    parser.feed(read);
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)[2]).toHaveLength(5000);
    expect(parser.buffer).not.toBe(read);
    expect(parser.next()).toBe(true);
    expect(parser.buffer).toBe(read);
    expect(currentCommand(parser)).toEqual(['PING']);
  });
});
