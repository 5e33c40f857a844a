import {
  add,
  cas,
  del,
  get,
  has,
  increment,
  lose,
  miss,
  ok,
  set,
  unknown,
  type Line,
} from './history-notation.spec-helper.ts';

/** What is wrong, a history of it that has no order, and which operation no order explains. */
export const BAD_HISTORIES: readonly [about: string, lines: Line[], culprit: number][] = [
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
