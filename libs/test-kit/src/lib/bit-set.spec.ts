import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { BitSet } from './bit-set.ts';

const SIZE = 70;

function bitSetOf(members: Iterable<number>): BitSet {
  const set = new BitSet(SIZE);
  for (const member of members) set.add(member);
  return set;
}

describe('BitSet', () => {
  test('keys are equal exactly when the members are, whatever was added and deleted before', () => {
    // Most members are low ones, so that whole words fill up.
    const member = fc.oneof(fc.nat(20), fc.nat(SIZE - 1));
    const changes = fc.array(fc.tuple(fc.boolean(), member), { maxLength: 150 });
    fc.assert(
      fc.property(changes, fc.boolean(), (list, early) => {
        const set = new BitSet(SIZE);
        const model = new Set<number>();
        for (const [add, changed] of list) {
          if (add) set.add(changed);
          else set.delete(changed);
          if (add) model.add(changed);
          else model.delete(changed);
          if (early) set.key();
        }
        expect(set.key()).toBe(bitSetOf(model).key());
        const other = [...model].slice(1);
        if (model.size > 0) expect(set.key()).not.toBe(bitSetOf(other).key());
      }),
    );
  });

  test('full words at the beginning and empty ones at the end leave no trace', () => {
    const first = bitSetOf(Array.from({ length: 48 }, (_, i) => i));
    expect(first.key()).toBe('3-3:');
    first.add(50);
    expect(first.key()).toBe('3-4:\u0004');
  });
});
