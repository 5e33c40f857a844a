/** "No such entry": what {@link Store.find} answers for an absent key. */
export const NONE = -1;
/** What a write answers when the entry alone is larger than the whole budget. Nothing was changed. */
export const TOO_LARGE = -2;

/** As many keys {@link Store.prepare} takes at once: what they need fits into the processor's first cache. */
export const MAX_PREPARED = 32;

/** Why an entry left without being asked to. */
export type RemovalCause = typeof EVICTED | typeof EXPIRED;
export const EVICTED = 1;
export const EXPIRED = 2;

/**
 * Which entries make room when the budget or the entry limit would be passed. `lru`: exactly the least recently used
 * ones. `adaptive`: those that are least likely to be used again, judged by how the workload has been lately; scans and
 * loops do not sweep it clean.
 */
export type EvictionPolicyName = (typeof EVICTION_POLICIES)[number];
export const EVICTION_POLICIES = ['lru', 'adaptive'] as const;

export interface StoreOptions {
  /** Byte budget: keys, values and all bookkeeping. */
  readonly maxBytes: number;
  /** Entry limit; `Infinity` when absent. */
  readonly maxEntries?: number;
  /** Which entries make room; the least recently used when absent. */
  readonly evictionPolicy?: EvictionPolicyName;
  /**
   * Called for each entry that eviction or expiry is about to remove, while its fields can still be read. The slot's
   * version has already advanced, so `slotEpoch`/`slotCounter` are the removal's version. Must not change the store.
   */
  readonly onRemove?: (entry: number, cause: RemovalCause) => void;
}

/**
 * The bytes of one data node: keys and values with expiry, version and recency order, and nothing about commands,
 * networks or clocks.
 *
 * Made for the hot path. Everything is synchronous. Keys and values come in as byte ranges of the caller's buffer
 * and are copied once; values go out into the caller's buffer; results are numbers. No call allocates on its own
 * account beyond what it stores.
 *
 * An **entry number** stands for an entry until that entry is removed; other writes do not change it. Time is an
 * argument (`now`, milliseconds on one monotonic clock), so a store is a pure function of its calls. `slot` is the
 * key's hash slot (0 to 16383). An entry has expired when `expiresAt <= now`.
 *
 * Every change of an entry (put, update, remove, setExpiry, eviction, expiry) advances its slot's version counter; a
 * stored entry carries the version of its last change. Slot versions survive the removal of entries, and a slot's
 * version is never below that of an entry in it. The pair counts like one 64-bit number: a counter that passes 2^32 - 1
 * carries into the epoch.
 */
export abstract class Store {
  /** Live entries, expired ones not yet collected included. */
  abstract readonly entries: number;
  /** Bytes in use of the budget. Never above `maxBytes` between calls. */
  abstract readonly bytes: number;
  abstract readonly maxBytes: number;
  /** Entries that have a time to expire at. */
  abstract readonly expiring: number;

  // Reading. `find` alone looks at the clock; the accessors take an entry number it returned.

  /**
   * Says that lookups of these keys follow, in this order, so that the store may fetch what they need all at once.
   * Changes no answer, and is worth while from some four keys on. The bytes must stay as they are until
   * `endPreparation`. At most {@link MAX_PREPARED} keys.
   */
  abstract prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void;
  abstract endPreparation(): void;

  /** The entry of the key, or NONE. An expired one is removed first (`onRemove` hears of it). Recency is unchanged. */
  abstract find(key: Uint8Array, start: number, end: number, now: number): number;
  /** The entry is used: under `lru` it is now the most recently used one. */
  abstract touch(entry: number): void;
  abstract keyLength(entry: number): number;
  /** Copies the whole key to `target` at `offset`. The caller has made room. */
  abstract copyKey(entry: number, target: Uint8Array, offset: number): void;
  abstract valueLength(entry: number): number;
  /** Copies value bytes `from` (inclusive) to `to` (exclusive) to `target` at `offset`. */
  abstract copyValue(entry: number, target: Uint8Array, offset: number, from: number, to: number): void;
  abstract slotOf(entry: number): number;
  /** When the entry expires, on the clock of `now`; 0 when never. */
  abstract expiresAt(entry: number): number;
  abstract versionEpoch(entry: number): number;
  abstract versionCounter(entry: number): number;
  /**
   * Bytes that are taken because the entry is there: its key and value as they are stored, and what leads to them. Of all
   * entries together this is at most `bytes`; the rest is room that is kept free.
   */
  abstract bytesOf(entry: number): number;
  /** How often the entry was used of late, an estimate that ends at 7; NONE under a policy that does not count uses. */
  abstract frequency(entry: number): number;
  /**
   * Milliseconds since the entry was last used; NONE under a policy that does not keep that. Never less than it is, and
   * more by a tenth of a second or by 2 % at most, whichever is more. May walk over many entries.
   */
  abstract idleTime(entry: number, now: number): number;

  // Writing. The written entry counts as used. While the budget or the entry limit would be passed,
  // others make room, never the one being written: first those that have expired (EXPIRED), then those that the
  // eviction policy names (EVICTED).

  /**
   * Inserts or replaces. Returns the entry number (the same one when it replaced a live entry), or TOO_LARGE.
   * @param expiresAt on the clock of `now`; 0 for never
   */
  abstract put(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    slot: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
    now: number,
  ): number;
  /**
   * Overwrites part of a value from `offset` on, growing it (with zero bytes up to `offset`) as needed: APPEND and
   * SETRANGE. Keeps the expiry. Returns the entry number, or TOO_LARGE.
   */
  abstract update(
    entry: number,
    offset: number,
    source: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): number;
  /** @param expiresAt on the clock of `now`; 0 for never */
  abstract setExpiry(entry: number, expiresAt: number): void;
  /** Removes the entry, without `onRemove`: the caller knows. */
  abstract remove(entry: number): void;
  /**
   * Gives an entry the version it had elsewhere: for entries that arrive from another data node. Lifts the slot's
   * version to it if that is lower. Changes nothing else.
   */
  abstract setVersion(entry: number, epoch: number, counter: number): void;

  // Slots.

  abstract entriesInSlot(slot: number): number;
  abstract slotEpoch(slot: number): number;
  abstract slotCounter(slot: number): number;
  /**
   * This node becomes the slot's primary in `epoch`: versions restart at (epoch, 0). Does nothing when the slot's
   * version is there already, so that versions only grow.
   */
  abstract beginEpoch(slot: number, epoch: number): void;
  /** Advances the slot's version without an entry: a delete of an absent key. */
  abstract advanceVersion(slot: number): void;

  /**
   * Visits about `limit` entries of the slots marked 1 in `slots` (length 16384) and returns the cursor to go on
   * from, 0 when done. Start with 0. An entry that is present from the first call to the last is visited at least
   * once, whatever is written in between. `visit` may remove the entry it is given, and nothing else. A call may visit
   * fewer than `limit`, even none, before it is done, since its work is bounded too.
   */
  abstract scan(slots: Uint8Array, cursor: number, limit: number, visit: (entry: number) => void): number;
  /** Removes up to `limit` entries that have expired, in any order; returns how many. */
  abstract expire(now: number, limit: number): number;
  /** When the next entry expires; Infinity when none will. */
  abstract nextExpiry(): number;
  /** The mean of the times at which entries expire, from some of them when there are many; 0 when none will. */
  abstract meanExpiry(): number;
  /** An entry chosen uniformly by `random`, in [0, 1), or NONE when the store is empty. It may have expired. */
  abstract sample(random: number): number;
  /**
   * Removes every entry of the marked slots at once (FLUSHALL, a slot that left), without `onRemove`. One version step
   * per marked slot, empty ones included.
   */
  abstract clear(slots: Uint8Array): void;
}
