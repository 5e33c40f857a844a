import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitInline } from './inline.ts';

function split(line: string): string[] | undefined {
  const bytes = Buffer.from(`<${line}>`, 'latin1');
  const args: string[] = [];
  const balanced = splitInline(bytes, 1, bytes.length - 1, (start, end) => {
    args.push(bytes.toString('latin1', start, end));
  });
  expect(bytes.at(0)).toBe(0x3c);
  expect(bytes.at(-1)).toBe(0x3e);
  return balanced ? args : undefined;
}

describe('splitInline', () => {
  test.each<[string, string[] | undefined]>([
    ['', []],
    [' \t\v\f ', []],
    ['PING', ['PING']],
    ['  set  k\tv ', ['set', 'k', 'v']],
    ['a\rb', ['a', 'b']],
    ['a\vb', ['a\vb']],
    ['""', ['']],
    ["'' ''", ['', '']],
    ['"a b" c', ['a b', 'c']],
    ['"a"\vb', ['a', 'b']],
    ['a"b c"', ['ab c']],
    ['"\\n\\r\\t\\b\\a"', ['\n\r\t\b\x07']],
    ['"\\x41\\xfF\\x00"', ['A\xff\x00']],
    ['"\\x4g"', ['x4g']],
    ['"\\x4"', ['x4']],
    ['"\\q\\"\\\\"', ['q"\\']],
    ["'a\\'b\\n\"'", ['a\'b\\n"']],
    ['\\x41', ['\\x41']],
    ["it's fine'", ['its fine']],
    ['"open', undefined],
    ["'open", undefined],
    ['"', undefined],
    ['"\\', undefined],
    ['"\\"', undefined],
    ["'\\'", undefined],
    ['"a"b', undefined],
    ["'a'b", undefined],
    ['a"b"c', undefined],
    ['"a""b"', undefined],
  ])('%j', (line, expected) => {
    expect(split(line)).toEqual(expected);
  });

  test('reads back whatever is quoted', () => {
    const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 4 }), (args) => {
        const line = args.map((arg) => `"${Array.from(arg, hex).join('')}"`).join(' ');
        expect(split(line)).toEqual(args.map((arg) => Buffer.from(arg).toString('latin1')));
      }),
    );
  });
});
