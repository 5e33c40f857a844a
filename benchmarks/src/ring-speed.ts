import { HashRing, murmur3, placeSlots, slotOf } from '@distributed-cache/consistent-hash';
import { memberIds } from '@distributed-cache/consistent-hash/testing';
import PeerRing from 'hashring';
import { short } from './mode.ts';
import { millions, printTable } from './table.ts';
import { median, perSecond, processorMilliseconds } from './throughput.ts';

export const RING_SIZES = [3, 10, 50];

/** Far more keys than fit in hashring's cache of 5,000 results: the rings are compared, not a cache. */
const keys = Array.from({ length: 100_000 }, (_, i) => `user:${murmur3('', i)}`);

export function printSpeed(): void {
  const rows = RING_SIZES.map((nodes) => {
    const ids = memberIds(0, nodes);
    const ours = ringLookups(ids);
    const peer = peerLookups(ids);
    return [`${nodes}`, millions(ours), millions(peer), (ours / peer).toFixed(0), millions(slotLookups(ids))];
  });
  const header = [
    'nodes',
    'HashRing.owner(string)',
    'hashring.get(string)',
    'ratio',
    'key bytes -> slot -> node',
  ];
  printTable(
    `Lookups per second of processor time, ${keys.length} keys of about 15 characters`,
    header,
    rows,
  );
}

export function printPlacementTime(): void {
  const rows = RING_SIZES.map((nodes) => {
    const members = memberIds(1, nodes).map((id) => ({ id }));
    const times = Array.from({ length: short ? 1 : 51 }, () => {
      const start = processorMilliseconds();
      placeSlots(members);
      return processorMilliseconds() - start;
    });
    return [`${nodes}`, median(times).toFixed(2), Math.max(...times).toFixed(2)];
  });
  printTable('Milliseconds of processor time to place all slots', ['nodes', 'median', 'max'], rows);
}

function ringLookups(ids: readonly string[]): number {
  const ring = new HashRing();
  for (const id of ids) ring.add(id);
  return perSecond(keys.length, () => {
    let hits = 0;
    for (const key of keys) if (ring.owner(key) === ids[0]) hits++;
    return hits;
  });
}

function peerLookups(ids: readonly string[]): number {
  const ring = new PeerRing(ids);
  return perSecond(keys.length, () => {
    let hits = 0;
    for (const key of keys) if (ring.get(key) === ids[0]) hits++;
    return hits;
  });
}

/** The way of a command: a key lies somewhere in a network buffer, and the table of slots names its node. */
function slotLookups(ids: readonly string[]): number {
  const { primaries } = placeSlots(ids.map((id) => ({ id })));
  const buffer = Buffer.from(keys.join(''));
  const ends = new Uint32Array(keys.length);
  let offset = 0;
  keys.forEach((key, i) => (ends[i] = offset += key.length));
  return perSecond(keys.length, () => {
    let sum = 0;
    let start = 0;
    for (const end of ends) {
      sum += primaries[slotOf(buffer, start, end)] ?? 0;
      start = end;
    }
    return sum;
  });
}
