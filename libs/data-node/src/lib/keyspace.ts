import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import { cloneBytes, copyBytes, type Clock } from '@distributed-cache/runtime';
import { addCounters, MAX_COUNTER_LENGTH, parseCounter, writeCounter, type Counter } from './counter.ts';
import { MAX_TTL, type ResolvedOptions } from './data-node-options.ts';
import { invalidArgument } from './errors.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import { InvalidationPublisher } from './invalidation-publisher.ts';
import { OwnedSlots } from './owned-slots.ts';
import { readKey, EVICTED, NONE, type RemovalCause, type Store } from '@distributed-cache/store';
import {
  ABSENT,
  CLOSED,
  MISS,
  MOVED,
  NOT_AN_INTEGER,
  NOT_STORED,
  OK,
  OUT_OF_RANGE,
  TOO_LARGE,
  type Status,
} from './status.ts';

/** Where a read puts a value. RESP writes a header in `open`; the HTTP side just collects bytes. */
export interface ValueSink {
  /** Makes room for `length` bytes in `buffer` and returns their offset. May replace `buffer`. */
  open(length: number): number;
  readonly buffer: Uint8Array;
}

// Conditions and options of {@link Keyspace.set}, to be or-ed.

/** Store only if there is no such entry (NX). */
export const IF_ABSENT = 1;
/** Store only if there is such an entry (XX). */
export const IF_PRESENT = 2;
/** An entry that is replaced keeps its time to live; a new one gets the `ttl` of the call. */
export const KEEP_TTL = 4;

/** With fewer keys, preparing operations costs more than it gains. */
const WORTH_PREPARING = 4;

/** Longest key, in bytes. */
export const MAX_KEY_BYTES = 64 * 1024;

/**
 * What can be done with the keys of a data node. Synchronous throughout: JavaScript runs one operation at a time, so
 * each is atomic, and any number of callers may be answered at once.
 *
 * Every data operation answers CLOSED after `close`, TOO_LARGE for a key over 64 KiB, and MOVED for a slot this node
 * is not the primary of; below, only what is special is said. Every committed change is published (see
 * {@link InvalidationPublisher}).
 *
 * Hits and misses count as in Redis: by `get`, `has` and `touch`. An entry is used, for the order of eviction, when it
 * is read with `get`, touched or written; `has` only looks (as EXISTS).
 */
export abstract class Keyspace {
  readonly store: Store;
  protected readonly clock: Clock;
  protected readonly owned = new OwnedSlots();
  protected readonly invalidations: InvalidationPublisher;
  protected readonly expiry: ExpiryTimer;
  protected abstract readonly closed: boolean;
  readonly #maxValueBytes: number;
  readonly #defaultTtl: number;

  /** Told of each entry that eviction or expiry is about to remove, while it can be read. Must not change the node. */
  onRemove: ((entry: number, cause: RemovalCause) => void) | undefined;

  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #expirations = 0;

  readonly #digits = Buffer.alloc(MAX_COUNTER_LENGTH);

  constructor(options: ResolvedOptions, incarnation: string) {
    const { id, pubsub, clock, maxBytes, maxEntries, evictionPolicy } = options;
    this.clock = clock;
    this.#maxValueBytes = options.maxValueBytes;
    this.#defaultTtl = options.defaultTtl;
    this.store = options.createStore({
      maxBytes,
      maxEntries,
      evictionPolicy,
      onRemove: (entry, cause) => {
        this.#onRemove(entry, cause);
      },
    });
    this.invalidations = new InvalidationPublisher(id, incarnation, pubsub, clock);
    this.expiry = new ExpiryTimer(this.store, clock);
  }

  /**
   * Says that operations on these keys follow, in this order: what they need is then fetched for all of them at once.
   * Holds until the next call, and the bytes must stay as they are until then or until other ones are read instead.
   */
  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    if (count < WORTH_PREPARING) this.store.endPreparation();
    else this.store.prepare(keys, starts, ends, count);
  }

  // Data. Keys and values are byte ranges.

  /** Writes the value to the sink. OK or MISS. */
  get(key: Uint8Array, start: number, end: number, sink: ValueSink): Status {
    const entry = this.read(key, start, end);
    if (entry < 0) return statusOf(entry);
    const length = this.store.valueLength(entry);
    const offset = sink.open(length);
    this.store.copyValue(entry, sink.buffer, offset, 0, length);
    return OK;
  }

  /** OK or MISS. Does not count as a use. */
  has(key: Uint8Array, start: number, end: number): Status {
    return statusOf(this.peek(key, start, end));
  }

  /** Makes the entry the most recently used. OK or MISS. */
  touch(key: Uint8Array, start: number, end: number): Status {
    return statusOf(this.read(key, start, end));
  }

  /**
   * OK; NOT_STORED when a condition does not hold; TOO_LARGE for a value over `maxValueBytes` or an entry over the
   * whole budget, whose old value then stays.
   * @param ttl milliseconds, at most 2^48; 0 for the default time to live
   * @param flags IF_ABSENT, IF_PRESENT, KEEP_TTL
   * @throws DataNodeError INVALID_ARGUMENT for another ttl
   */
  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
  ): Status {
    if (!(ttl >= 0 && ttl <= MAX_TTL)) throw invalidArgument('ttl', 'from 0 to 2^48 milliseconds', ttl);
    const slot = this.route(key, keyStart, keyEnd);
    if (slot < 0) return slot as Status;
    const now = this.clock.now();
    let expiresAt = this.#expiresAt(ttl, now);
    if (flags !== 0) {
      const entry = this.store.find(key, keyStart, keyEnd, now);
      if ((flags & (entry === NONE ? IF_PRESENT : IF_ABSENT)) !== 0) return NOT_STORED;
      if (entry !== NONE && (flags & KEEP_TTL) !== 0) expiresAt = this.store.expiresAt(entry);
    }
    const entry = this.#put(key, keyStart, keyEnd, slot, value, valueStart, valueEnd, expiresAt, now);
    return entry < 0 ? TOO_LARGE : OK;
  }

  /** OK or MISS. */
  delete(key: Uint8Array, start: number, end: number): Status {
    const slot = this.route(key, start, end);
    if (slot < 0) return slot as Status;
    const entry = this.store.find(key, start, end, this.clock.now());
    // A delete of an absent key is published too: a near cache may hold what this node has lost or evicted.
    if (entry === NONE) this.store.advanceVersion(slot);
    else this.store.remove(entry);
    if (this.invalidations.wanted) {
      const copy = cloneBytes(key, start, end);
      this.invalidations.add(slot, copy, this.store.slotEpoch(slot), this.store.slotCounter(slot));
    }
    return entry === NONE ? MISS : OK;
  }

  /**
   * Appends to the value, creating the entry (with the default time to live) if absent. Returns the new length, or a
   * negative status; TOO_LARGE as in `set`.
   */
  append(key: Uint8Array, ks: number, ke: number, value: Uint8Array, vs: number, ve: number): number {
    const slot = this.route(key, ks, ke);
    if (slot < 0) return slot;
    const now = this.clock.now();
    const entry = this.store.find(key, ks, ke, now);
    if (entry === NONE) {
      const created = this.#put(key, ks, ke, slot, value, vs, ve, this.#expiresAt(0, now), now);
      return created < 0 ? TOO_LARGE : ve - vs;
    }
    const before = this.store.valueLength(entry);
    const length = before + ve - vs;
    if (length > this.#maxValueBytes) return TOO_LARGE;
    if (this.store.update(entry, before, value, vs, ve, now) < 0) return TOO_LARGE;
    this.#publishWrite(key, ks, ke, slot, entry);
    return length;
  }

  /**
   * Adds to a decimal 64-bit counter (absent: 0, with the default time to live), keeps its time to live, and writes
   * the new decimal value to the sink. OK, NOT_AN_INTEGER, OUT_OF_RANGE or TOO_LARGE.
   * @throws DataNodeError INVALID_ARGUMENT when delta is not an integer
   */
  add(key: Uint8Array, start: number, end: number, delta: number | bigint, sink: ValueSink): Status {
    if (typeof delta === 'number' && !Number.isInteger(delta)) {
      throw invalidArgument('delta', 'an integer', delta);
    }
    const slot = this.route(key, start, end);
    if (slot < 0) return slot as Status;
    const now = this.clock.now();
    const entry = this.store.find(key, start, end, now);
    const current = entry === NONE ? 0 : this.#counter(entry);
    if (current === undefined) return NOT_AN_INTEGER;
    const sum = addCounters(current, delta);
    if (sum === undefined) return OUT_OF_RANGE;
    const digits = this.#digits;
    const length = writeCounter(sum, digits);
    const expiresAt = entry === NONE ? this.#expiresAt(0, now) : this.store.expiresAt(entry);
    const written = this.#put(key, start, end, slot, digits, 0, length, expiresAt, now);
    if (written < 0) return TOO_LARGE;
    const offset = sink.open(length);
    copyBytes(digits, 0, length, sink.buffer, offset);
    return OK;
  }

  // Entries, for who needs more than a value. Numbers of entries are valid until the next write; instead of one, the
  // answer may be ABSENT or another negative status.

  /** Finds an entry to read from the store. Counts as a hit or a miss, and as a use. */
  read(key: Uint8Array, start: number, end: number): number {
    const entry = this.peek(key, start, end);
    if (entry >= 0) this.store.touch(entry);
    return entry;
  }

  /** As {@link read}, but no use. */
  peek(key: Uint8Array, start: number, end: number): number {
    const entry = this.find(key, start, end);
    if (entry >= 0) this.#hits++;
    else if (entry === ABSENT) this.#misses++;
    return entry;
  }

  /** Finds an entry for a command that writes: neither counts nor is a use. */
  find(key: Uint8Array, start: number, end: number): number {
    // Who has every slot need not know which one it is.
    const known = this.owned.all && end - start <= MAX_KEY_BYTES;
    const slot = known ? 0 : this.route(key, start, end);
    if (slot < 0) return slot;
    const entry = this.store.find(key, start, end, this.clock.now());
    return entry === NONE ? ABSENT : entry;
  }

  /** Whether the entry's value spells a 64-bit integer, as `add` needs it. */
  isInteger(entry: number): boolean {
    return this.#counter(entry) !== undefined;
  }

  /** Now, on the clock of `expiresAt`. */
  now(): number {
    return this.clock.now();
  }

  /**
   * Writes a value that expires at a given time. OK or TOO_LARGE, as in `set`.
   * @param expiresAt on the clock of {@link now}; 0 for never
   */
  put(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
  ): Status {
    const slot = this.route(key, keyStart, keyEnd);
    if (slot < 0) return slot as Status;
    const now = this.clock.now();
    const entry = this.#put(key, keyStart, keyEnd, slot, value, valueStart, valueEnd, expiresAt, now);
    return entry < 0 ? TOO_LARGE : OK;
  }

  /**
   * Writes into a value from `offset` on, growing it (with zero bytes up to `offset`) as needed; creates the entry
   * (with the default time to live) if absent. Returns the new length, or a negative status; TOO_LARGE as in `set`.
   */
  write(
    key: Uint8Array,
    ks: number,
    ke: number,
    offset: number,
    value: Uint8Array,
    vs: number,
    ve: number,
  ): number {
    const slot = this.route(key, ks, ke);
    if (slot < 0) return slot;
    if (offset + ve - vs > this.#maxValueBytes) return TOO_LARGE;
    const now = this.clock.now();
    let entry = this.store.find(key, ks, ke, now);
    if (entry === NONE) {
      entry = this.store.put(key, ks, ke, slot, value, 0, 0, this.#expiresAt(0, now), now);
      if (entry < 0) return TOO_LARGE;
      this.expiry.update();
      if (this.store.update(entry, offset, value, vs, ve, now) < 0) {
        this.store.remove(entry);
        return TOO_LARGE;
      }
    } else if (this.store.update(entry, offset, value, vs, ve, now) < 0) {
      return TOO_LARGE;
    }
    this.#publishWrite(key, ks, ke, slot, entry);
    return this.store.valueLength(entry);
  }

  /** @param expiresAt on the clock of {@link now}; 0 for never */
  setExpiry(entry: number, expiresAt: number): void {
    const { store } = this;
    store.setExpiry(entry, expiresAt);
    this.expiry.update();
    if (!this.invalidations.wanted) return;
    const slot = store.slotOf(entry);
    this.invalidations.add(
      slot,
      readKey(store, entry),
      store.versionEpoch(entry),
      store.versionCounter(entry),
    );
  }

  /**
   * Drops the entries of the slots marked 1, and publishes that for those of which this node is the primary: empty ones
   * too, since a near cache may hold what this node has lost, or what is still on its way here from their last primary.
   */
  clear(slots: Uint8Array): void {
    this.store.clear(slots);
    if (!this.invalidations.wanted) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (slots[slot] !== 1 || !this.owned.has(slot)) continue;
      this.invalidations.add(slot, null, this.store.slotEpoch(slot), this.store.slotCounter(slot));
    }
  }

  /** Counters run from the start of the incarnation. */
  statistics(): NodeStatistics {
    return {
      entries: this.store.entries,
      bytes: this.store.bytes,
      maxBytes: this.store.maxBytes,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      expirations: this.#expirations,
    };
  }

  /** Counts hits, misses, evictions and expirations from 0 again. */
  resetStatistics(): void {
    this.#hits = this.#misses = this.#evictions = this.#expirations = 0;
  }

  /** The key's slot, or a negative status when the operation is not for this node. */
  protected route(key: Uint8Array, start: number, end: number): number {
    if (end - start > MAX_KEY_BYTES) return this.closed ? CLOSED : TOO_LARGE;
    const slot = slotOf(key, start, end);
    if (this.owned.has(slot)) return slot;
    return this.closed ? CLOSED : MOVED;
  }

  /** Stores and publishes. Returns the entry, or TOO_LARGE. */
  #put(
    key: Uint8Array,
    ks: number,
    ke: number,
    slot: number,
    value: Uint8Array,
    vs: number,
    ve: number,
    expiresAt: number,
    now: number,
  ): number {
    if (ve - vs > this.#maxValueBytes) return TOO_LARGE;
    const entry = this.store.put(key, ks, ke, slot, value, vs, ve, expiresAt, now);
    if (entry < 0) return TOO_LARGE;
    if (expiresAt !== 0) this.expiry.update();
    this.#publishWrite(key, ks, ke, slot, entry);
    return entry;
  }

  #publishWrite(key: Uint8Array, start: number, end: number, slot: number, entry: number): void {
    if (!this.invalidations.wanted) return;
    const { store } = this;
    const copy = cloneBytes(key, start, end);
    this.invalidations.add(slot, copy, store.versionEpoch(entry), store.versionCounter(entry));
  }

  #onRemove(entry: number, cause: RemovalCause): void {
    if (cause === EVICTED) this.#evictions++;
    else this.#expirations++;
    this.onRemove?.(entry, cause);
    if (!this.invalidations.wanted) return;
    const { store } = this;
    const slot = store.slotOf(entry);
    this.invalidations.add(slot, readKey(store, entry), store.slotEpoch(slot), store.slotCounter(slot));
  }

  /** @param ttl 0 for the default */
  #expiresAt(ttl: number, now: number): number {
    const effective = ttl === 0 ? this.#defaultTtl : ttl;
    return effective === 0 ? 0 : now + effective;
  }

  #counter(entry: number): Counter | undefined {
    const length = this.store.valueLength(entry);
    if (length > MAX_COUNTER_LENGTH) return undefined;
    this.store.copyValue(entry, this.#digits, 0, 0, length);
    return parseCounter(this.#digits, 0, length);
  }
}

function statusOf(entry: number): Status {
  if (entry >= 0) return OK;
  return entry === ABSENT ? MISS : (entry as Status);
}
