import { describe, expect, test } from '@jest/globals';

import { get, history, ok, set, unknown, type Line } from './history-notation.spec-helper.ts';
import { assertLinearizable, checkLinearizable } from './linearizability.ts';
import { registerModel } from './register-model.ts';

describe('the explanation of a violation', () => {
  test('names the operation, who could have made what it needs, an order of the rest and what overlaps it', () => {
    const entries = history([
      ['ann', set('x'), ok, 1, 2],
      ['bob', set('y'), ok, 3, 4],
      ['eve', set('z'), unknown, 5],
      ['cat', get, 'x', 6, 9],
      ['bob', get, 'y', 7, 8],
      ['dan', get, 'y', 20, 21],
    ]);
    expect(() => assertLinearizable(entries, registerModel())).toThrow(
      expect.objectContaining({
        code: 'NOT_LINEARIZABLE',
        message: [
          'Key "k" is not linearizable: no order of its operations explains the answer of',
          '  cat: get -> "x" [6, 9]',
          'It needs "x", which these can leave behind:',
          '  ann: set "x" -> ok [1, 2]',
          '',
          'All 3 operations that took effect before it ended do have an order. It closes with',
          '  ann: set "x" -> ok [1, 2]   leaves "x"',
          '  bob: set "y" -> ok [3, 4]   leaves "y"',
          '  bob: get -> "y" [7, 8]   leaves "y"',
          '',
          'These overlap it, by their start:',
          '  eve: set "z" -> ? [5, unknown]',
          '  bob: get -> "y" [7, 8]',
        ].join('\n'),
      }),
    );
  });

  test('says so when nothing leaves behind what it needs', () => {
    const verdict = checkLinearizable(history([['a', get, 'x', 1, 2]]), registerModel());
    expect(verdict).toMatchObject({
      explanation: expect.stringContaining('It needs "x", which none before its end leaves behind.'),
    });
  });

  test('stays short for long histories', () => {
    const lines = Array.from({ length: 500 }, (_, i): Line => ['a', set(`v${i}`), ok, 2 * i, 2 * i + 1]);
    const overlapping = Array.from({ length: 100 }, (_, i): Line => [`c${i}`, set(`w${i}`), ok, 1000, 1100]);
    const verdict = checkLinearizable(
      history([...lines, ...overlapping, ['b', get, 'v7', 1001, 1002]]),
      registerModel(),
    );
    expect(verdict).toMatchObject({ explanation: expect.stringContaining('480 before, then') });
    expect(verdict).toMatchObject({ explanation: expect.stringContaining('... and 80 more') });
  });
});
