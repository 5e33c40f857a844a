import { murmur3 } from './lib/murmur3.ts';

/** What slot placement promises for 3 to 50 equal members. Movement is a multiple of the ideal. */
export const PLACEMENT_CONTRACT = { fullest: 1.1, movementP95: 1.15, movementMax: 1.25 } as const;

/** The owners of a fixed sample (all slots, or many keys) on a ring of these members, in the order of the sample. */
export type Assign = (members: readonly string[]) => readonly (string | undefined)[];

export interface RingQuality {
  /** Load of the fullest member over the mean load, the worst of all rings. */
  readonly fullest: number;
  /** Part of the sample that changed owner when a member joined, over the ideal 1 / (members + 1). */
  readonly join: Spread;
  /** The same when a member left, over the ideal 1 / members. */
  readonly leave: Spread;
}

export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * Measures any consistent hashing of equal members: builds a ring of each of `sizes`, then lets `changes` different
 * members join it and `changes` others leave it, each time from the same start. The same arguments give the same
 * figures on every machine.
 */
export function measureRing(assign: Assign, sizes: readonly number[], changes: number): RingQuality {
  let fullest = 0;
  const joins: number[] = [];
  const leaves: number[] = [];
  const load = (members: readonly string[]): readonly (string | undefined)[] => {
    const owners = assign(members);
    fullest = Math.max(fullest, fullestOverMean(owners, members.length));
    return owners;
  };
  sizes.forEach((size, seed) => {
    const ids = memberIds(seed, size + changes);
    const members = ids.slice(0, size);
    const before = load(members);
    ids.slice(size).forEach((joiner, change) => {
      joins.push(movedPart(before, load([...members, joiner])) * (size + 1));
      const leaver = (seed + change) % size;
      leaves.push(movedPart(before, load(members.toSpliced(leaver, 1))) * size);
    });
  });
  return { fullest, join: spread(joins), leave: spread(leaves) };
}

/** `count` sizes from 3 to 50, spread over the range; 48 of them are all sizes. */
export function memberCounts(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 3 + ((7 * i) % 48));
}

/** Ids as they occur: numbered names for even seeds, random hexadecimal ones for odd seeds. */
export function memberIds(seed: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    if (seed % 2 === 0) return `cluster-${seed}-node-${i}`;
    return [1, 2, 3, 4].map((part) => murmur3(`${seed}/${i}`, part).toString(16).padStart(8, '0')).join('-');
  });
}

function fullestOverMean(owners: readonly (string | undefined)[], members: number): number {
  const loads = new Map<string | undefined, number>();
  for (const owner of owners) loads.set(owner, (loads.get(owner) ?? 0) + 1);
  return (Math.max(...loads.values()) * members) / owners.length;
}

function movedPart(before: readonly unknown[], after: readonly unknown[]): number {
  return before.filter((owner, i) => owner !== after[i]).length / before.length;
}

function spread(samples: number[]): Spread {
  const sorted = Float64Array.from(samples).sort();
  const quantile = (p: number): number => sorted[Math.ceil(p * sorted.length) - 1]!;
  return { median: quantile(0.5), p95: quantile(0.95), max: quantile(1) };
}
