import { describe, expect, test } from '@jest/globals';

import type { HistoryEntry, Operation } from './history.ts';
import { assertLinearizable, checkLinearizable } from './linearizability.ts';
import { registerModel } from './register-model.ts';

type Result = HistoryEntry['result'];
/** Client, operation, answer, start, end; no end: no answer came. */
type Line = readonly [client: string, operation: Operation, result: Result, start: number, end?: number];

const get: Operation = { type: 'get' };
const has: Operation = { type: 'has' };
const del: Operation = { type: 'delete' };
const lose: Operation = { type: 'lose' };
const set = (value: string): Operation => ({ type: 'set', value });
const add = (value: string): Operation => ({ type: 'add', value });
const cas = (expected: string | undefined, value: string): Operation => ({
  type: 'compareAndSet',
  expected,
  value,
});
const increment = (by = 1): Operation => ({ type: 'increment', by });
const ok = undefined;
const miss = undefined;
const unknown = undefined;

function history(lines: readonly Line[], key = 'k'): HistoryEntry[] {
  return lines.map(([client, operation, result, start, end = Infinity]) => ({
    client,
    key,
    operation,
    result,
    start,
    end,
  }));
}

const good: [string, Line[]][] = [
  ['nothing', []],
  ['a miss before the first write', [['a', get, miss, 1, 2]]],
  [
    'one client after the other',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', get, 'x', 3, 4],
      ['a', del, true, 5, 6],
      ['b', get, miss, 7, 8],
      ['b', del, false, 9, 10],
      ['b', has, false, 11, 12],
    ],
  ],
  [
    'a read beside a write sees the old state or the new one',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', set('y'), ok, 3, 10],
      ['b', get, 'x', 4, 5],
      ['c', get, 'y', 6, 7],
    ],
  ],
  [
    'concurrent writes in the order that the reads show, not that of their starts',
    [
      ['a', set('x'), ok, 1, 10],
      ['b', set('y'), ok, 2, 10],
      ['c', get, 'y', 3, 4],
      ['c', get, 'x', 5, 6],
    ],
  ],
  [
    'operations that only touch are concurrent',
    [
      ['a', set('x'), ok, 1, 5],
      ['b', get, miss, 5, 9],
    ],
  ],
  [
    'an unknown write that takes effect late',
    [
      ['a', set('x'), unknown, 1],
      ['b', set('y'), ok, 2, 3],
      ['b', get, 'y', 4, 5],
      ['b', get, 'x', 100, 101],
    ],
  ],
  [
    'an unknown write that never takes effect',
    [
      ['a', set('x'), unknown, 1],
      ['b', get, miss, 2, 3],
      ['b', get, miss, 4, 5],
    ],
  ],
  [
    'an unknown delete explains a miss',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', del, unknown, 3],
      ['a', get, 'x', 4, 5],
      ['a', get, miss, 6, 7],
    ],
  ],
  [
    'an unknown write that nobody reads explains what a delete found',
    [
      ['a', set('x'), unknown, 1],
      ['b', del, true, 2, 3],
      ['b', get, miss, 4, 5],
    ],
  ],
  [
    'a chain of unknown compare-and-sets that somebody saw the end of',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', cas('x', 'y'), unknown, 3],
      ['c', cas('y', 'z'), unknown, 4],
      ['a', get, 'x', 5, 6],
      ['a', get, 'z', 7, 8],
    ],
  ],
  [
    'add stores once until the entry is gone',
    [
      ['a', add('x'), true, 1, 5],
      ['b', add('y'), false, 1, 5],
      ['a', get, 'x', 6, 7],
      ['a', del, true, 8, 9],
      ['b', add('y'), true, 10, 11],
    ],
  ],
  [
    'compare-and-set that fails because of another one',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', cas('x', 'y'), true, 3, 9],
      ['b', cas('x', 'z'), false, 3, 9],
      ['c', cas(undefined, 'w'), false, 3, 9],
      ['a', get, 'y', 10, 11],
    ],
  ],
  [
    'increments count every one',
    [
      ['a', increment(), 1, 1, 9],
      ['b', increment(), 3, 1, 9],
      ['c', increment(), 2, 1, 9],
      ['a', get, '3', 10, 11],
      ['a', increment(-3), 0, 12, 13],
      ['a', set('40'), ok, 14, 15],
      ['b', increment(2), 42, 16, 17],
    ],
  ],
  [
    'an unknown increment explains a gap',
    [
      ['a', increment(), 1, 1, 2],
      ['b', increment(5), unknown, 1],
      ['a', increment(), 7, 3, 4],
    ],
  ],
  [
    'an entry vanishes while its data node is being lost',
    [
      ['a', set('x'), ok, 1, 2],
      ['loss', lose, ok, 3, 6],
      ['a', get, 'x', 4, 5],
      ['a', get, miss, 5, 7],
    ],
  ],
  [
    'an entry survives a loss',
    [
      ['a', set('x'), ok, 1, 2],
      ['loss', lose, ok, 3, 4],
      ['a', get, 'x', 5, 6],
    ],
  ],
];

const bad: [string, Line[], culprit: number][] = [
  ['a value that was never written', [['a', get, 'x', 1, 2]], 0],
  [
    'a value read before it is written',
    [
      ['a', get, 'x', 1, 2],
      ['b', set('x'), ok, 3, 4],
    ],
    0,
  ],
  [
    'a stale read',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', set('y'), ok, 3, 4],
      ['b', get, 'x', 5, 6],
    ],
    2,
  ],
  [
    'a stale read of what an overlapping write replaced',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', set('y'), ok, 3, 20],
      ['b', get, 'y', 4, 5],
      ['c', get, 'x', 6, 7],
    ],
    3,
  ],
  [
    'reads that go back and forth between two concurrent writes',
    [
      ['a', set('x'), ok, 1, 20],
      ['b', set('y'), ok, 1, 20],
      ['c', get, 'x', 2, 3],
      ['d', get, 'y', 4, 5],
      ['c', get, 'x', 6, 7],
    ],
    4,
  ],
  [
    'a lost update',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', cas('x', 'y'), true, 3, 5],
      ['b', cas('x', 'z'), true, 4, 6],
    ],
    2,
  ],
  [
    'a lost increment',
    [
      ['a', increment(), 1, 1, 3],
      ['b', increment(), 1, 2, 4],
    ],
    1,
  ],
  [
    'a miss after an acknowledged write',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', get, miss, 3, 4],
    ],
    1,
  ],
  [
    'has denies what an acknowledged write stored',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', has, false, 3, 4],
    ],
    1,
  ],
  [
    'a value that comes back after an acknowledged delete',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', del, true, 3, 4],
      ['b', get, 'x', 5, 6],
    ],
    2,
  ],
  [
    'two adds that both store',
    [
      ['a', add('x'), true, 1, 3],
      ['b', add('y'), true, 2, 4],
    ],
    1,
  ],
  ['an add that finds an entry where there never was one', [['a', add('x'), false, 1, 2]], 0],
  [
    'two deletes that both remove the one entry',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', del, true, 3, 5],
      ['b', del, true, 4, 6],
    ],
    2,
  ],
  [
    'a compare-and-set that fails though nothing else ran',
    [
      ['a', set('x'), ok, 1, 2],
      ['a', cas('x', 'y'), false, 3, 4],
    ],
    1,
  ],
  [
    'an unknown write that is seen, then not, then again',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', set('y'), unknown, 3],
      ['c', get, 'y', 4, 5],
      ['c', get, 'x', 6, 7],
      ['c', get, 'y', 8, 9],
    ],
    3,
  ],
  [
    'an unknown write that is seen before it starts',
    [
      ['a', get, 'x', 1, 2],
      ['b', set('x'), unknown, 3],
    ],
    0,
  ],
  [
    'an unknown delete that takes effect twice',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', del, unknown, 3],
      ['a', get, miss, 4, 5],
      ['a', set('y'), ok, 6, 7],
      ['a', get, miss, 8, 9],
    ],
    4,
  ],
  [
    'an unknown compare-and-set whose condition never held',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', cas('w', 'y'), unknown, 3],
      ['a', get, 'y', 4, 5],
    ],
    2,
  ],
  [
    'an entry that vanishes twice in one loss',
    [
      ['a', set('x'), ok, 1, 2],
      ['loss', lose, ok, 3, 20],
      ['a', get, miss, 4, 5],
      ['a', set('y'), ok, 6, 7],
      ['a', get, miss, 8, 9],
    ],
    4,
  ],
  [
    'an entry that vanishes after the loss is over',
    [
      ['a', set('x'), ok, 1, 2],
      ['loss', lose, ok, 3, 4],
      ['a', get, 'x', 5, 6],
      ['a', get, miss, 7, 8],
    ],
    3,
  ],
  [
    'an entry that comes back from a loss',
    [
      ['a', set('x'), ok, 1, 2],
      ['loss', lose, ok, 3, 4],
      ['a', get, miss, 5, 6],
      ['a', get, 'x', 7, 8],
    ],
    3,
  ],
];

describe('checkLinearizable', () => {
  test.each(good)('accepts %s', (_name, lines) => {
    expect(checkLinearizable(history(lines), registerModel())).toEqual({ outcome: 'linearizable' });
  });

  test.each(bad)('rejects %s', (_name, lines, culprit) => {
    const entries = history(lines);
    const verdict = checkLinearizable(entries, registerModel());
    expect(verdict).toMatchObject({ outcome: 'violation', key: 'k', operation: entries[culprit] });
  });

  test('the order in which a history lists its operations does not matter', () => {
    for (const [, lines] of good) {
      expect(checkLinearizable(history(lines.toReversed()), registerModel()).outcome).toBe('linearizable');
    }
    for (const [, lines] of bad) {
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
