import { placeSlots, SLOT_COUNT, UNPLACED } from '@distributed-cache/consistent-hash';
import type { MemberIdentity, SlotMove } from '@distributed-cache/pubsub';

/** Who is the primary of which slot, as one value that never changes: a change makes another one, of a higher epoch. */
export interface Topology {
  readonly epoch: number;
  /** Sorted by id. */
  readonly members: readonly MemberIdentity[];
  /** Slot -> index in `members`; 0xffff throughout when there are none. */
  readonly primaries: Readonly<Uint16Array>;
}

export const EMPTY_TOPOLOGY: Topology = Object.freeze({
  epoch: 0,
  members: Object.freeze([]),
  primaries: new Uint16Array(SLOT_COUNT).fill(UNPLACED),
});

/** Every slot where these members should have it. The same topology if that is so already. */
export function rebalanced(before: Topology, members: readonly MemberIdentity[]): Topology {
  const target = placeSlots(members);
  return following(before, members, target.members, target.primaries);
}

/**
 * Only those slots change whose primary is not among these members any more: what can be done at once when a member
 * was lost, without touching slots that are well, or on their way.
 */
export function withoutOthers(before: Topology, members: readonly MemberIdentity[]): Topology {
  const target = placeSlots(members);
  const kept = before.members.map((former) =>
    members.some((member) => isSame(member, former)) ? target.members.indexOf(former.id) : UNPLACED,
  );
  const primaries = target.primaries.map((planned, slot) => {
    const former = kept[before.primaries[slot]!] ?? UNPLACED;
    return former === UNPLACED ? planned : former;
  });
  return following(before, members, target.members, primaries);
}

/** The slots whose primary changed: one move for each pair of members. `lost` is who took its entries with it. */
export function movesBetween(before: Topology, after: Topology, lost?: MemberIdentity): SlotMove[] {
  const moves = new Map<string, { from: string | null; to: string; slots: [number, number][] }>();
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const former = primaryOf(before, slot);
    const to = primaryOf(after, slot);
    if (to === undefined || isSame(former, to)) continue;
    const from = former === undefined || isSame(former, lost) ? null : former.id;
    const pair = JSON.stringify([from, to.id]);
    const move = moves.get(pair) ?? { from, to: to.id, slots: [] };
    moves.set(pair, move);
    const range = move.slots.at(-1);
    if (range?.[1] === slot - 1) range[1] = slot;
    else move.slots.push([slot, slot]);
  }
  return [...moves.values()];
}

export function primaryOf(topology: Topology, slot: number): MemberIdentity | undefined {
  return topology.members[topology.primaries[slot]!];
}

function following(
  before: Topology,
  members: readonly MemberIdentity[],
  order: readonly string[],
  primaries: Uint16Array,
): Topology {
  const named = new Map(
    members.map(({ id, incarnation, weight }) => [id, Object.freeze({ id, incarnation, weight })]),
  );
  const sorted = Object.freeze(order.map((id) => named.get(id)!));
  const unchanged =
    sorted.length === before.members.length &&
    sorted.every((member, index) => isSame(member, before.members[index])) &&
    primaries.every((primary, slot) => primary === before.primaries[slot]);
  if (unchanged) return before;
  return Object.freeze({ epoch: before.epoch + 1, members: sorted, primaries });
}

function isSame(a: MemberIdentity | undefined, b: MemberIdentity | undefined): boolean {
  return a?.id === b?.id && a?.incarnation === b?.incarnation;
}
