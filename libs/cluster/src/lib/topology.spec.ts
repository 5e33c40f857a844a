import { placeSlots, SLOT_COUNT, UNPLACED } from '@distributed-cache/consistent-hash';
import type { MemberIdentity, SlotMove } from '@distributed-cache/pubsub';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  EMPTY_TOPOLOGY,
  movesBetween,
  primaryOf,
  rebalanced,
  withoutOthers,
  type Topology,
} from './topology.ts';

const member = (id: string, incarnation = `${id}1`): MemberIdentity => ({ id, incarnation, weight: 1 });
const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
const ids = (topology: Topology) => slots.map((slot) => primaryOf(topology, slot)?.id ?? null);

/** What a subscriber knows of the primaries that has nothing but the moves. */
function follow(known: (string | null)[], moves: readonly SlotMove[]): (string | null)[] {
  const after = [...known];
  for (const { from, to, slots: ranges } of moves) {
    for (const [first, last] of ranges) {
      if (known.slice(first, last + 1).some((id) => id !== from)) throw new Error(`not all from ${from}`);
      after.fill(to, first, last + 1);
    }
  }
  return after;
}

describe('topology', () => {
  test('rebalanced is the placement of the ring', () => {
    const topology = rebalanced(EMPTY_TOPOLOGY, [member('b'), member('a'), member('c')]);
    const placed = placeSlots([
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
      { id: 'c', weight: 1 },
    ]);
    expect(topology.epoch).toBe(1);
    expect(topology.members.map(({ id }) => id)).toEqual(placed.members);
    expect(topology.primaries).toEqual(placed.primaries);
  });

  test('is the same value when nothing changes, a new one of the next epoch otherwise', () => {
    const one = rebalanced(EMPTY_TOPOLOGY, [member('a'), member('b')]);
    expect(rebalanced(one, [member('b'), member('a')])).toBe(one);
    const other = rebalanced(one, [member('a'), member('b', 'b2')]);
    expect(other.epoch).toBe(2);
    expect(other.members[1]).toEqual(member('b', 'b2'));
  });

  test('withoutOthers changes the slots of the lost member only', () => {
    const before = rebalanced(
      EMPTY_TOPOLOGY,
      ['a', 'b', 'c', 'd'].map((id) => member(id)),
    );
    const after = withoutOthers(before, [member('a'), member('b'), member('d')]);
    const planned = placeSlots(['a', 'b', 'd'].map((id) => ({ id, weight: 1 })));
    const expected = ids(before).map((former, slot) =>
      former === 'c' ? planned.members[planned.primaries[slot]!] : former,
    );
    expect(ids(after)).toEqual(expected);
  });

  test('withoutOthers takes another incarnation for another member', () => {
    const before = rebalanced(EMPTY_TOPOLOGY, [member('a'), member('b')]);
    const after = withoutOthers(before, [member('a')]);
    expect(movesBetween(before, after, member('b'))).toEqual([
      expect.objectContaining({ from: null, to: 'a' }),
    ]);
    expect(withoutOthers(before, []).primaries.every((primary) => primary === UNPLACED)).toBe(true);
  });

  test('moves say exactly what changed: who follows them knows every primary', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), (memberships) => {
        let topology = EMPTY_TOPOLOGY;
        let known = ids(topology);
        for (const membership of memberships) {
          const next = rebalanced(
            topology,
            membership.map((id) => member(id)),
          );
          const moves = movesBetween(topology, next);
          known = follow(known, moves);
          expect(known).toEqual(ids(next));
          for (const { slots: ranges } of moves) {
            const apart = ranges.every(
              ([first, last], index) => first <= last && (index === 0 || first > ranges[index - 1]![1] + 1),
            );
            expect(apart).toBe(true);
          }
          topology = next;
        }
      }),
      { numRuns: 8 },
    );
  });
});
