import { describe, expect, test } from '@jest/globals';
import { globMatches } from './glob.ts';

const matches = (pattern: string, text: string): boolean =>
  globMatches(Buffer.from(pattern), Buffer.from(text));

describe('globMatches', () => {
  test.each([
    ['*', 'abc'],
    ['a*c', 'ac'],
    ['a*c', 'abbbc'],
    ['a*b*c', 'a1b2b3c'],
    ['***', 'x'],
    ['a**', 'a'],
    ['[?ab-][?', 'a'],
    ['[?ab-][?', '['],
    ['[a-]]', '_'],
    ['[^', 'x'],
    ['[^]', 'x'],
    ['a\\', 'a\\'],
    ['a?c', 'abc'],
    ['[a-c]x', 'bx'],
    ['[c-a]x', 'bx'],
    ['[^a]x', 'bx'],
    ['[abc]', 'c'],
    ['[a\\]]', ']'],
    ['\\*', '*'],
    ['a\\?', 'a?'],
    ['', ''],
    ['*[ab]*', 'xxbyy'],
    ['[ab', 'a'],
  ])('%s matches %s', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  test.each([
    ['', 'a'],
    ['a', ''],
    ['a*c', 'abd'],
    ['a?c', 'ac'],
    ['[a-c]x', 'dx'],
    ['[^a]x', 'ax'],
    ['\\*', 'a'],
    ['a', 'A'],
    ['*a', 'ab'],
    ['?', ''],
    ['[a]', ''],
    ['*', ''],
    ['**', ''],
    ['[?ab-][?', 'c'],
    ['[a-]]', 'b]'],
    ['[]', ']'],
    ['[', '['],
  ])('%s does not match %s', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  test('looks at the given part of the text only', () => {
    expect(globMatches(Buffer.from('b*'), Buffer.from('abca'), 1, 3)).toBe(true);
    expect(globMatches(Buffer.from('bc'), Buffer.from('abca'), 1, 4)).toBe(false);
  });

  test('many stars take steps in proportion to the lengths, not exponentially many', () => {
    // With backtracking into every star this would not end.
    expect(matches('a*'.repeat(40) + 'b', 'a'.repeat(5000))).toBe(false);
  });
});
