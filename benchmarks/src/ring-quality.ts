import { HashRing, placeSlots, SLOT_COUNT } from '@distributed-cache/consistent-hash';
import {
  type Assign,
  measureRing,
  memberCounts,
  PLACEMENT_CONTRACT,
  type RingQuality,
  type Spread,
} from '@distributed-cache/consistent-hash/testing';
import PeerRing from 'hashring';
import { short } from './mode.ts';
import { RING_SIZES } from './ring-speed.ts';
import { printTable } from './table.ts';

const SETS = short ? 6 : 100;
/** As many as slots, so that chance has the same part in both. */
const keys = Array.from({ length: SLOT_COUNT }, (_, i) => `key-${i}`);

const slots: Assign = (ids) => {
  const { members, primaries } = placeSlots(ids.map((id) => ({ id })));
  return Array.from(primaries, (member) => members[member]);
};

const ring: Assign = (ids) => {
  const nodes = new HashRing();
  for (const id of ids) nodes.add(id);
  return keys.map((key) => nodes.owner(key));
};

const peer: Assign = (ids) => {
  const nodes = new PeerRing(ids);
  return keys.map((key) => nodes.get(key));
};

/** Prints all qualities, and answers those of slot placement by number of nodes. */
export function printQuality(): Map<string, RingQuality> {
  const placed = new Map<string, RingQuality>();
  const rows: string[][] = [];
  for (const nodes of RING_SIZES) {
    const sizes = Array<number>(SETS).fill(nodes);
    const quality = measureRing(slots, sizes, 1);
    placed.set(`${nodes}`, quality);
    rows.push(row(`${nodes}`, 'placeSlots', quality));
    rows.push(row('', 'HashRing', measureRing(ring, sizes, 1)));
    rows.push(row('', 'hashring', measureRing(peer, sizes, 1)));
  }
  const mixed = measureRing(slots, memberCounts(SETS), 2);
  placed.set('3 to 50', mixed);
  rows.push(row('3 to 50', 'placeSlots', mixed));
  printTable(
    `Balance, and movement as a multiple of the ideal (median / p95 / max), ${SETS} member sets a row`,
    ['nodes', 'of', 'fullest / mean', 'join', 'leave'],
    rows,
  );
  return placed;
}

/** What slot placement did not keep of its contract, one sentence each. */
export function brokenPromises(placed: ReadonlyMap<string, RingQuality>): string[] {
  const { fullest, movementP95, movementMax } = PLACEMENT_CONTRACT;
  return [...placed].flatMap(([nodes, quality]) =>
    [
      { what: 'fullest / mean', value: quality.fullest, limit: fullest },
      { what: 'join, p95', value: quality.join.p95, limit: movementP95 },
      { what: 'join, max', value: quality.join.max, limit: movementMax },
      { what: 'leave, p95', value: quality.leave.p95, limit: movementP95 },
      { what: 'leave, max', value: quality.leave.max, limit: movementMax },
    ]
      .filter(({ value, limit }) => value > limit)
      .map(({ what, value, limit }) => `${nodes} nodes, ${what}: ${value.toFixed(3)} is over ${limit}`),
  );
}

function row(nodes: string, of: string, { fullest, join, leave }: RingQuality): string[] {
  return [nodes, of, fullest.toFixed(3), movement(join), movement(leave)];
}

function movement({ median, p95, max }: Spread): string {
  return [median, p95, max].map((multiple) => multiple.toFixed(2)).join(' / ');
}
