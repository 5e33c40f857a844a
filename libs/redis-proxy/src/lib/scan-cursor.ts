import { murmur3, SLOT_COUNT } from '@distributed-cache/consistent-hash';

/** The slots are scanned in so many groups, one after the other. See ADR 9 for the number. */
export const GROUPS = 16;
export const SLOTS_PER_GROUP = SLOT_COUNT / GROUPS;

/** A stop on the way of a scan: in a group, at one of the members that have entries of it, at an entry of theirs. */
export interface Position {
  readonly group: number;
  /** Index among the group's stops. */
  readonly stop: number;
  readonly entry: number;
}

/** Values of a fingerprint: 1 to 65535. */
const FINGERPRINTS = 0x10000;

/** A number of few bits for the text. */
export function fingerprintOf(text: string): number {
  return 1 + (murmur3(text, 0) % (FINGERPRINTS - 1));
}

/**
 * A cursor as a number, by mixed radix: group, fingerprint of the group's stops, stop, entry, the lowest first. Not 0.
 * With a few data nodes of some million entries it stays below 2^53, which clients that read it as a double need; with
 * the largest ones below 2^63.
 */
export function encodeCursor({ group, stop, entry }: Position, fingerprint: number, stops: number): bigint {
  const place = BigInt(entry) * BigInt(stops) + BigInt(stop);
  return (place * BigInt(FINGERPRINTS) + BigInt(fingerprint)) * BigInt(GROUPS) + BigInt(group);
}

export function groupOf(cursor: bigint): number {
  return Number(cursor % BigInt(GROUPS));
}

/** Where to go on in the cursor's group; undefined when its stops are not what they were. */
export function decodePlace(
  cursor: bigint,
  fingerprint: number,
  stops: number,
): { stop: number; entry: number } | undefined {
  const rest = cursor / BigInt(GROUPS);
  if (Number(rest % BigInt(FINGERPRINTS)) !== fingerprint) return undefined;
  const place = rest / BigInt(FINGERPRINTS);
  return { stop: Number(place % BigInt(stops)), entry: Number(place / BigInt(stops)) };
}
