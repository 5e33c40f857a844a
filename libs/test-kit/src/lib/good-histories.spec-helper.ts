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

/** What happened, and a history of it that has an order. */
export const GOOD_HISTORIES: readonly [about: string, lines: Line[]][] = [
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
    'one of two unknown writes of the same value explains a read',
    [
      ['a', set('w'), ok, 1, 2],
      ['b', set('x'), unknown, 3],
      ['c', set('x'), unknown, 3],
      ['a', get, 'x', 4, 5],
    ],
  ],
  [
    'an unknown compare-and-set explains why another one failed',
    [
      ['a', set('x'), ok, 1, 2],
      ['b', cas('x', 'y'), unknown, 3],
      ['a', cas('x', 'z'), false, 4, 5],
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
