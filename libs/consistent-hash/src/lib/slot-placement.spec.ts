import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { measureRing, memberCounts, memberIds, PLACEMENT_CONTRACT } from '../testing.ts';
import { RingError } from './errors.ts';
import { DEFAULT_VIRTUAL_NODES } from './hash-ring.ts';
import { MAX_MEMBERS, type RingMember } from './member.ts';
import { murmur3 } from './murmur3.ts';
import { SLOT_COUNT } from './slot.ts';
import { placementMoves, placeSlots, type SlotPlacement, UNPLACED } from './slot-placement.ts';

/** Slots per member, in the order of `members`. */
function slotCounts(placement: SlotPlacement): Uint16Array {
  const counts = new Uint16Array(placement.members.length);
  for (const member of placement.primaries)
    if (member !== UNPLACED) counts[member] = (counts[member] ?? 0) + 1;
  return counts;
}

const named = (ids: Iterable<string>): RingMember[] => [...ids].map((id) => ({ id }));
const primaryIds = ({ members, primaries }: SlotPlacement): (string | null)[] =>
  Array.from(primaries, (member) => members[member] ?? null);

/** What any placement of at least one member must be. */
function expectSound(placement: SlotPlacement, members: readonly RingMember[]): void {
  expect(placement.members).toEqual(members.map(({ id }) => id).sort());
  expect(placement.primaries).toHaveLength(SLOT_COUNT);
  const counts = slotCounts(placement);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(SLOT_COUNT);
  const total = members.reduce((sum, { weight = 1 }) => sum + weight, 0);
  for (const { id, weight = 1 } of members) {
    const share = (SLOT_COUNT * weight) / total;
    const limit = Math.max(Math.ceil(share), Math.floor(1.1 * share));
    expect(counts[placement.members.indexOf(id)]).toBeLessThanOrEqual(limit);
  }
}

/** Bounded loads by definition: each slot in turn asks all points in clockwise order. */
function naivePlacement(members: readonly RingMember[]): (string | null)[] {
  const total = members.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const room = new Map(
    members.map(({ id, weight = 1 }) => {
      const share = (SLOT_COUNT * weight) / total;
      return [id, Math.max(Math.ceil(share), Math.floor(1.1 * share))];
    }),
  );
  const points = members
    .flatMap(({ id, weight = 1 }) =>
      Array.from({ length: Math.max(1, Math.round(weight * DEFAULT_VIRTUAL_NODES)) }, (_, i) => ({
        id,
        position: murmur3(id, i + 1),
      })),
    )
    .sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  return Array.from({ length: SLOT_COUNT }, (_, slot) => {
    const first = points.findIndex(({ position }) => position >= slot * 2 ** 18);
    const clockwise = (step: number): string => must(points[(Math.max(first, 0) + step) % points.length]).id;
    let step = 0;
    while (room.get(clockwise(step)) === 0) step++;
    const id = clockwise(step);
    room.set(id, must(room.get(id)) - 1);
    return id;
  });
}

const memberSets = (maxLength: number): fc.Arbitrary<RingMember[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.uuid()),
      weight: fc.double({ min: 0.01, max: 4, noNaN: true }),
    }),
    { minLength: 1, maxLength, selector: ({ id }) => id },
  );

describe('placeSlots', () => {
  test('without members no slot has a primary', () => {
    const placement = placeSlots([]);
    expect(placement.members).toEqual([]);
    expect(new Set(placement.primaries)).toEqual(new Set([UNPLACED]));
    expect(slotCounts(placement)).toHaveLength(0);
  });

  test('a single member has all slots', () => {
    const placement = placeSlots([{ id: 'only', weight: 0.01 }]);
    expect(slotCounts(placement)).toEqual(Uint16Array.of(SLOT_COUNT));
  });

  test('is the same for the same members in any order', () => {
    fc.assert(
      fc.property(
        memberSets(6).chain((set) =>
          fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
        ),
        ([members, shuffled]) => {
          expect(primaryIds(placeSlots(shuffled)).join()).toBe(primaryIds(placeSlots(members)).join());
        },
      ),
      { numRuns: 15 },
    );
  });

  test('is sound for any members and weights', () => {
    fc.assert(
      fc.property(memberSets(12), (members) => {
        expectSound(placeSlots(members), members);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['3 equal members', named('abc')],
    ['20 equal members, some of them full', named(memberIds(1, 20))],
    [
      'weights',
      [
        { id: 'a', weight: 0.01 },
        { id: 'b', weight: 0.5 },
        { id: 'c', weight: 3 },
        { id: 'd', weight: 0.02 },
      ],
    ],
  ])('agrees with the naive placement of %s', (_, members) => {
    expect(primaryIds(placeSlots(members))).toEqual(naivePlacement(members));
  });

  // All processes of a cluster must place alike, old versions and new ones: to change this is to change the protocol.
  test('never changes from release to release', () => {
    const { primaries } = placeSlots([{ id: 'node-1' }, { id: 'node-2' }, { id: 'узел-3', weight: 2.5 }]);
    const text = [...primaries].join();
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      'b9b25754f600435726c0c62c9968ff8bd027f3b6010b33c22d99cff569fa02e6',
    );
  });

  test('cannot be changed', () => {
    const placement = placeSlots(named('ab'));
    expect(Object.isFrozen(placement) && Object.isFrozen(placement.members)).toBe(true);
  });

  test('keeps its bound up to the greatest number of members', () => {
    const members = named(memberIds(0, MAX_MEMBERS));
    expectSound(placeSlots(members), members);
  });

  test.each<[string, RingMember[], string]>([
    ['a member twice', [{ id: 'a' }, { id: 'b' }, { id: 'a', weight: 2 }], 'DUPLICATE_MEMBER'],
    ['an empty id', [{ id: '' }], 'INVALID_ID'],
    ['a weight of zero', [{ id: 'a', weight: 0 }], 'INVALID_WEIGHT'],
    ['a weight that is no number', [{ id: 'a', weight: NaN }], 'INVALID_WEIGHT'],
    ['too many members', named(memberIds(0, MAX_MEMBERS + 1)), 'TOO_MANY_MEMBERS'],
  ])('refuses %s', (_, members, code) => {
    expect(() => placeSlots(members)).toThrow(RingError);
    expect(() => placeSlots(members)).toThrow(expect.objectContaining({ code }));
  });
});

describe('placeSlots, measured', () => {
  test('100 sets of 3 to 50 equal members keep the contract of balance and movement', () => {
    const quality = measureRing(
      (ids) => primaryIds(placeSlots(named(ids))) as string[],
      memberCounts(100),
      2,
    );
    expect(quality.fullest).toBeLessThanOrEqual(PLACEMENT_CONTRACT.fullest);
    for (const movement of [quality.join, quality.leave]) {
      expect(movement.p95).toBeLessThanOrEqual(PLACEMENT_CONTRACT.movementP95);
      expect(movement.max).toBeLessThanOrEqual(PLACEMENT_CONTRACT.movementMax);
    }
  });

  test('loads follow the weights', () => {
    const weights = [0.5, 1, 1, 2, 4];
    for (let seed = 0; seed < 20; seed++) {
      const members = memberIds(seed, 3 + seed).map((id, i) => ({ id, weight: must(weights[i % 5]) }));
      const placement = placeSlots(members);
      expectSound(placement, members);
      const total = members.reduce((sum, { weight }) => sum + weight, 0);
      const counts = slotCounts(placement);
      for (const { id, weight } of members) {
        const share = (SLOT_COUNT * weight) / total;
        expect(counts[placement.members.indexOf(id)]).toBeGreaterThan(0.75 * share);
      }
    }
  });
});

describe('placementMoves', () => {
  const of = (...ids: string[]): SlotPlacement => placeSlots(named(ids));

  test('equal placements differ in nothing', () => {
    expect(placementMoves(of('a', 'b'), of('b', 'a'))).toEqual([]);
    expect(placementMoves(of(), of())).toEqual([]);
  });

  test('from nothing and to nothing all slots move, and null stands for no primary', () => {
    const all = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
    expect(placementMoves(of(), of('a'))).toEqual([{ from: null, to: 'a', slots: all }]);
    expect(placementMoves(of('a'), of())).toEqual([{ from: 'a', to: null, slots: all }]);
    expect(placementMoves(of('a'), of('b'))).toEqual([{ from: 'a', to: 'b', slots: all }]);
  });

  test('leads from any placement to any other, naming each slot that changed once and no other', () => {
    fc.assert(
      fc.property(memberSets(5), memberSets(5), (first, second) => {
        const shared = [...second, ...first.slice(0, 2).filter(({ id }) => second.every((m) => m.id !== id))];
        const before = placeSlots(first);
        const after = placeSlots(shared);
        const owners = primaryIds(before);
        const pairs = new Set<string>();
        for (const { from, to, slots } of placementMoves(before, after)) {
          expect(from).not.toBe(to);
          expect(pairs.has(JSON.stringify([from, to]))).toBe(false);
          pairs.add(JSON.stringify([from, to]));
          expect(slots).toEqual([...slots].sort((a, b) => a - b));
          expect(slots.every((slot) => owners[slot] === from)).toBe(true);
          for (const slot of slots) owners[slot] = to;
        }
        expect(owners.join()).toBe(primaryIds(after).join());
      }),
      { numRuns: 15 },
    );
  });
});
