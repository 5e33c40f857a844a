import { describe, expect, test } from '@jest/globals';

import { BAD_HISTORIES } from './bad-histories.spec-helper.ts';
import { GOOD_HISTORIES } from './good-histories.spec-helper.ts';
import { add, del, get, history, increment, miss, ok, set } from './history-notation.spec-helper.ts';
import type { HistoryEntry } from './history.ts';
import { assertLinearizable, checkLinearizable } from './linearizability.ts';
import { registerModel } from './register-model.ts';

describe('checkLinearizable', () => {
  test.each(GOOD_HISTORIES)('accepts %s', (_name, lines) => {
    expect(checkLinearizable(history(lines), registerModel())).toEqual({ outcome: 'linearizable' });
  });

  test.each(BAD_HISTORIES)('rejects %s', (_name, lines, culprit) => {
    const entries = history(lines);
    const verdict = checkLinearizable(entries, registerModel());
    expect(verdict).toMatchObject({ outcome: 'violation', key: 'k', operation: entries[culprit] });
  });

  test('the order in which a history lists its operations does not matter', () => {
    for (const [, lines] of GOOD_HISTORIES) {
      expect(checkLinearizable(history(lines.toReversed()), registerModel()).outcome).toBe('linearizable');
    }
    for (const [, lines] of BAD_HISTORIES) {
      expect(checkLinearizable(history(lines.toReversed()), registerModel()).outcome).toBe('violation');
    }
  });

  test('each key is judged by itself', () => {
    const one = history([['a', set('x'), ok, 1, 2]], 'one');
    expect(
      checkLinearizable([...one, ...history([['a', get, miss, 3, 4]], 'two')], registerModel()).outcome,
    ).toBe('linearizable');
    const verdict = checkLinearizable(
      [...one, ...history([['a', get, 'x', 3, 4]], 'two'), ...history([['a', get, 'x', 3, 4]], 'one')],
      registerModel(),
    );
    expect(verdict).toMatchObject({ outcome: 'violation', key: 'two' });
  });

  test('keys start with what the model says', () => {
    const entries = history([
      ['a', get, 'x', 1, 2],
      ['a', del, true, 3, 4],
      ['a', get, miss, 5, 6],
    ]);
    expect(checkLinearizable(entries, registerModel({ initial: 'x' })).outcome).toBe('linearizable');
    expect(checkLinearizable(entries, registerModel({ initial: 'y' })).outcome).toBe('violation');
  });

  test('entries vanish of themselves only where the model allows it, and never come back', () => {
    const vanished = history([
      ['a', set('x'), ok, 1, 2],
      ['a', get, miss, 3, 4],
      ['a', add('y'), true, 5, 6],
      ['a', add('z'), true, 7, 8],
      ['a', get, 'z', 9, 10],
    ]);
    const back = history([
      ['a', set('x'), ok, 1, 2],
      ['a', get, miss, 3, 4],
      ['a', get, 'x', 5, 6],
    ]);
    expect(checkLinearizable(vanished, registerModel()).outcome).toBe('violation');
    expect(checkLinearizable(vanished, registerModel({ mayVanish: true })).outcome).toBe('linearizable');
    expect(checkLinearizable(back, registerModel({ mayVanish: true })).outcome).toBe('violation');
  });

  test('what gives up is undecided, which is no success', () => {
    const entries = history([
      ['a', set('x'), ok, 1, 2],
      ['b', get, 'x', 3, 4],
    ]);
    expect(checkLinearizable(entries, registerModel(), { maxSteps: 1 })).toEqual({
      outcome: 'undecided',
      key: 'k',
      explanation: expect.stringContaining('gave up after 1 steps'),
    });
    expect(() => assertLinearizable(entries, registerModel(), { maxSteps: 1 })).toThrow(
      expect.objectContaining({ code: 'UNDECIDED' }),
    );
  });

  test('a violation on one key counts for more than giving up on another', () => {
    const hard = history([['a', set('x'), ok, 1, 2]], 'hard');
    const wrong = history([['a', get, 'x', 1, 2]], 'wrong');
    expect(checkLinearizable([...hard, ...wrong], registerModel(), { maxSteps: 1 })).toMatchObject({
      outcome: 'violation',
      key: 'wrong',
    });
  });

  test.each<[string, Partial<HistoryEntry>]>([
    ['an end before the start', { start: 2, end: 1 }],
    ['a start that is not a number', { start: Number.NaN }],
    ['an end that is not a number', { end: Number.NaN }],
    ['a read that answers a number', { operation: get, result: 1 }],
    ['a delete that answers nothing', { operation: del }],
    ['an increment that answers a string', { operation: increment(), result: '1' }],
    ['an increment by a fraction', { operation: increment(0.5), result: 1 }],
  ])('refuses %s', (_name, wrong) => {
    const entry: HistoryEntry = { client: 'a', key: 'k', operation: set('x'), start: 1, end: 2, ...wrong };
    expect(() => checkLinearizable([entry], registerModel())).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
