import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import type { NodeState, NodeStatistics, NodeStatus } from '@distributed-cache/pubsub';
import { cloneBytes, copyBytes } from './bytes.ts';
import type { Clock } from './clock.ts';
import { addCounters, MAX_COUNTER_LENGTH, parseCounter, writeCounter, type Counter } from './counter.ts';
import { checkInteger, MAX_TTL, resolveOptions, type DataNodeOptions } from './data-node-options.ts';
import { DataNodeError, invalidArgument } from './errors.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import { InvalidationPublisher } from './invalidation-publisher.ts';
import { readKey } from './read.ts';
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
import { StatusReporter } from './status-reporter.ts';
import { EVICTED, NONE, type RemovalCause, type Store } from './store.ts';
import { detach, isUpToDate, type TransferredEntry } from './transfer.ts';

/** Where a read puts a value. RESP writes a header in `open`; the HTTP side just collects bytes. */
export interface ValueSink {
  /** Makes room for `length` bytes in `buffer` and returns their offset. May replace `buffer`. */
  open(length: number): number;
  readonly buffer: Uint8Array;
}

// Conditions and options of {@link DataNode.set}, to be or-ed.

/** Store only if there is no such entry (NX). */
export const IF_ABSENT = 1;
/** Store only if there is such an entry (XX). */
export const IF_PRESENT = 2;
/** An entry that is replaced keeps its time to live; a new one gets the `ttl` of the call. */
export const KEEP_TTL = 4;

/** Longest key, in bytes. */
export const MAX_KEY_BYTES = 64 * 1024;

const MAX_EPOCH = 2 ** 32 - 1;
const EVERY_SLOT = new Uint8Array(SLOT_COUNT).fill(1);

/**
 * A member of the cache: the primary of some slots. Synchronous throughout: JavaScript runs one operation at a time,
 * so each is atomic, and any number of callers may be answered at once.
 *
 * Every data operation answers CLOSED after `close`, TOO_LARGE for a key over 64 KiB, and MOVED for a slot this node
 * is not the primary of; below, only what is special is said. Every committed change is published (see
 * {@link InvalidationPublisher}).
 *
 * Hits and misses count as in Redis: by `get`, `has` and `touch`. An entry is used, for the order of eviction, when it
 * is read with `get`, touched or written; `has` only looks (as EXISTS).
 */
export class DataNode {
  readonly id: string;
  readonly weight: number;
  readonly store: Store;
  readonly #clock: Clock;
  readonly #maxValueBytes: number;
  readonly #defaultTtl: number;
  readonly #createIncarnation: () => string;
  readonly #invalidations: InvalidationPublisher;
  readonly #expiry: ExpiryTimer;
  readonly #reporter: StatusReporter;

  /** Told of each entry that eviction or expiry is about to remove, while it can be read. Must not change the node. */
  onRemove: ((entry: number, cause: RemovalCause) => void) | undefined;

  #incarnation: string;
  #state: NodeState = 'active';
  /** 1 for each slot this node is the primary of. */
  readonly #owned = new Uint8Array(SLOT_COUNT);
  #ownedCount = 0;
  /** Where `takeSome` goes on, so that emptying a slot passes over the store about once. */
  #takeCursor = 0;

  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #expirations = 0;

  readonly #digits = Buffer.alloc(MAX_COUNTER_LENGTH);

  /** @throws DataNodeError INVALID_ARGUMENT, naming the option */
  constructor(options: DataNodeOptions) {
    const resolved = resolveOptions(options);
    const { id, pubsub, clock, maxBytes, maxEntries, evictionPolicy, createIncarnation } = resolved;
    this.id = id;
    this.weight = resolved.weight;
    this.#clock = clock;
    this.#maxValueBytes = resolved.maxValueBytes;
    this.#defaultTtl = resolved.defaultTtl;
    this.#createIncarnation = createIncarnation;
    this.#incarnation = createIncarnation();
    this.store = resolved.createStore({
      maxBytes,
      maxEntries,
      evictionPolicy,
      onRemove: (entry, cause) => {
        this.#onRemove(entry, cause);
      },
    });
    this.#invalidations = new InvalidationPublisher(id, this.#incarnation, pubsub, clock);
    this.#expiry = new ExpiryTimer(this.store, clock);
    this.#reporter = new StatusReporter(pubsub, clock, resolved.statusInterval, () => this.#status());
  }

  /** Random at each start and restart: the same id with another incarnation is another, empty member. */
  get incarnation(): string {
    return this.#incarnation;
  }

  get state(): NodeState {
    return this.#state;
  }

  // Data. Keys and values are byte ranges.

  /** Writes the value to the sink. OK or MISS. */
  get(key: Uint8Array, start: number, end: number, sink: ValueSink): Status {
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot as Status;
    const entry = this.#read(key, start, end, slot);
    if (entry === NONE) return MISS;
    this.store.touch(entry);
    const length = this.store.valueLength(entry);
    const offset = sink.open(length);
    this.store.copyValue(entry, sink.buffer, offset, 0, length);
    return OK;
  }

  /** OK or MISS. Does not count as a use. */
  has(key: Uint8Array, start: number, end: number): Status {
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot as Status;
    return this.#read(key, start, end, slot) === NONE ? MISS : OK;
  }

  /** Makes the entry the most recently used. OK or MISS. */
  touch(key: Uint8Array, start: number, end: number): Status {
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot as Status;
    const entry = this.#read(key, start, end, slot);
    if (entry === NONE) return MISS;
    this.store.touch(entry);
    return OK;
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
    const slot = this.#route(key, keyStart, keyEnd);
    if (slot < 0) return slot as Status;
    const now = this.#clock.now();
    let expiresAt = this.#expiresAt(ttl, now);
    if (flags !== 0) {
      const entry = this.store.find(key, keyStart, keyEnd, slot, now);
      if ((flags & (entry === NONE ? IF_PRESENT : IF_ABSENT)) !== 0) return NOT_STORED;
      if (entry !== NONE && (flags & KEEP_TTL) !== 0) expiresAt = this.store.expiresAt(entry);
    }
    const entry = this.#put(key, keyStart, keyEnd, slot, value, valueStart, valueEnd, expiresAt, now);
    return entry < 0 ? TOO_LARGE : OK;
  }

  /** OK or MISS. */
  delete(key: Uint8Array, start: number, end: number): Status {
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot as Status;
    const entry = this.store.find(key, start, end, slot, this.#clock.now());
    // A delete of an absent key is published too: a near cache may hold what this node has lost or evicted.
    if (entry === NONE) this.store.advanceVersion(slot);
    else this.store.remove(entry);
    if (this.#invalidations.wanted) {
      const copy = cloneBytes(key, start, end);
      this.#invalidations.add(slot, copy, this.store.slotEpoch(slot), this.store.slotCounter(slot));
    }
    return entry === NONE ? MISS : OK;
  }

  /**
   * Appends to the value, creating the entry (with the default time to live) if absent. Returns the new length, or a
   * negative status; TOO_LARGE as in `set`.
   */
  append(key: Uint8Array, ks: number, ke: number, value: Uint8Array, vs: number, ve: number): number {
    const slot = this.#route(key, ks, ke);
    if (slot < 0) return slot;
    const now = this.#clock.now();
    const entry = this.store.find(key, ks, ke, slot, now);
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
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot as Status;
    const now = this.#clock.now();
    const entry = this.store.find(key, start, end, slot, now);
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
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot;
    const entry = this.#read(key, start, end, slot);
    return entry === NONE ? ABSENT : entry;
  }

  /** Finds an entry for a command that writes: neither counts nor is a use. */
  find(key: Uint8Array, start: number, end: number): number {
    const slot = this.#route(key, start, end);
    if (slot < 0) return slot;
    const entry = this.store.find(key, start, end, slot, this.#clock.now());
    return entry === NONE ? ABSENT : entry;
  }

  /** Whether the entry's value spells a 64-bit integer, as `add` needs it. */
  isInteger(entry: number): boolean {
    return this.#counter(entry) !== undefined;
  }

  /** Now, on the clock of `expiresAt`. */
  now(): number {
    return this.#clock.now();
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
    const slot = this.#route(key, keyStart, keyEnd);
    if (slot < 0) return slot as Status;
    const now = this.#clock.now();
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
    const slot = this.#route(key, ks, ke);
    if (slot < 0) return slot;
    if (offset + ve - vs > this.#maxValueBytes) return TOO_LARGE;
    const now = this.#clock.now();
    let entry = this.store.find(key, ks, ke, slot, now);
    if (entry === NONE) {
      entry = this.store.put(key, ks, ke, slot, value, 0, 0, this.#expiresAt(0, now), now);
      if (entry < 0) return TOO_LARGE;
      this.#expiry.update();
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
    this.#expiry.update();
    if (!this.#invalidations.wanted) return;
    const slot = store.slotOf(entry);
    this.#invalidations.add(
      slot,
      readKey(store, entry),
      store.versionEpoch(entry),
      store.versionCounter(entry),
    );
  }

  // Slots.

  /** Whether this node is the slot's primary. */
  owns(slot: number): boolean {
    return this.#owned[slot] === 1;
  }

  /**
   * Becomes the primary of these slots in `epoch`. Entries it has of them stay. Does nothing once closed.
   * @throws DataNodeError INVALID_ARGUMENT for what is not a slot or not an unsigned 32-bit epoch
   */
  takeSlots(slots: Iterable<number>, epoch: number): void {
    checkInteger('epoch', epoch, 0, MAX_EPOCH);
    if (this.#state === 'closed') return;
    for (const slot of slots) {
      checkInteger('slot', slot, 0, SLOT_COUNT - 1);
      this.#ownedCount += 1 - this.#owned[slot]!;
      this.#owned[slot] = 1;
      this.store.beginEpoch(slot, epoch);
    }
  }

  /** Is their primary no longer: answers MOVED from now on, but keeps the entries until they are taken or cleared. */
  releaseSlots(slots: Iterable<number>): void {
    for (const slot of slots) {
      checkInteger('slot', slot, 0, SLOT_COUNT - 1);
      this.#ownedCount -= this.#owned[slot]!;
      this.#owned[slot] = 0;
    }
  }

  /**
   * Removes and returns one entry, for the node that is the slot's primary now (works on released slots). Publishes
   * nothing: the entry moves, it does not change.
   */
  take(key: Uint8Array, start: number, end: number): TransferredEntry | undefined {
    const now = this.#clock.now();
    const entry = this.store.find(key, start, end, slotOf(key, start, end), now);
    return entry === NONE ? undefined : detach(this.store, entry, now);
  }

  /** As {@link take}, up to `limit` entries of the slots marked 1; empty when none are left. */
  takeSome(slots: Uint8Array, limit: number): TransferredEntry[] {
    const now = this.#clock.now();
    this.store.expire(now, Infinity);
    let left = 0;
    for (let slot = 0; slot < SLOT_COUNT; slot++)
      if (slots[slot] === 1) left += this.store.entriesInSlot(slot);
    const wanted = Math.min(limit, left);
    const taken: TransferredEntry[] = [];
    while (taken.length < wanted) {
      this.#takeCursor = this.store.scan(slots, this.#takeCursor, wanted - taken.length, (entry) => {
        if (taken.length < wanted) taken.push(detach(this.store, entry, now));
      });
    }
    return taken;
  }

  /**
   * Stores an entry that comes from another node, with its version and what is left of its time to live. OK;
   * NOT_STORED when this node has the entry in this version or a newer one, or its time has run out; TOO_LARGE; MOVED
   * when the slot has moved on, and the entry should follow it. Publishes nothing.
   */
  receive(entry: TransferredEntry): Status {
    const { key, value } = entry;
    const slot = this.#route(key, 0, key.length);
    if (slot < 0) return slot as Status;
    if (entry.ttl < 0) return NOT_STORED;
    const now = this.#clock.now();
    const present = this.store.find(key, 0, key.length, slot, now);
    if (present !== NONE && isUpToDate(this.store, present, entry)) return NOT_STORED;
    const expiresAt = entry.ttl === 0 ? 0 : now + entry.ttl;
    const stored = this.store.put(key, 0, key.length, slot, value, 0, value.length, expiresAt, now);
    if (stored < 0) return TOO_LARGE;
    this.store.setVersion(stored, entry.epoch, entry.counter);
    this.#expiry.update();
    return OK;
  }

  /**
   * Drops the entries of the slots marked 1, and publishes that for those of which this node is the primary: empty ones
   * too, since a near cache may hold what this node has lost, or what is still on its way here from their last primary.
   */
  clear(slots: Uint8Array): void {
    this.store.clear(slots);
    if (!this.#invalidations.wanted) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (slots[slot] !== 1 || this.#owned[slot] !== 1) continue;
      this.#invalidations.add(slot, null, this.store.slotEpoch(slot), this.store.slotCounter(slot));
    }
  }

  // Life.

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

  /**
   * Begins to report (`node_status` at once, then at intervals) and to collect expired entries. Idempotent.
   * @throws DataNodeError CLOSED
   */
  start(): void {
    this.#checkOpen('start');
    this.#reporter.start();
    this.#expiry.start();
  }

  /** Reports the state if it is another. @throws DataNodeError CLOSED */
  setState(state: 'active' | 'draining'): void {
    this.#checkOpen('setState');
    if (state === this.#state) return;
    this.#state = state;
    this.#reporter.report();
  }

  /**
   * Drops all entries and slots and takes a new incarnation: how a member that was declared lost comes back. Reports
   * it at once.
   * @throws DataNodeError CLOSED
   */
  restart(): void {
    this.#checkOpen('restart');
    this.#incarnation = this.#createIncarnation();
    this.#invalidations.restart(this.#incarnation);
    this.#dropEverything();
    this.resetStatistics();
    this.#state = 'active';
    this.#reporter.report();
  }

  /** Reports `closed` (if it ever reported), drops everything, answers CLOSED from now on. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#invalidations.flush();
    this.#expiry.stop();
    this.#dropEverything();
    this.#reporter.report();
    this.#reporter.stop();
  }

  /** The key's slot, or a negative status when the operation is not for this node. */
  #route(key: Uint8Array, start: number, end: number): number {
    if (end - start > MAX_KEY_BYTES) return this.#state === 'closed' ? CLOSED : TOO_LARGE;
    const slot = slotOf(key, start, end);
    if (this.#owned[slot] === 1) return slot;
    return this.#state === 'closed' ? CLOSED : MOVED;
  }

  /** Finds an entry for a reading operation, which counts. */
  #read(key: Uint8Array, start: number, end: number, slot: number): number {
    const entry = this.store.find(key, start, end, slot, this.#clock.now());
    if (entry === NONE) this.#misses++;
    else this.#hits++;
    return entry;
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
    if (expiresAt !== 0) this.#expiry.update();
    this.#publishWrite(key, ks, ke, slot, entry);
    return entry;
  }

  #publishWrite(key: Uint8Array, start: number, end: number, slot: number, entry: number): void {
    if (!this.#invalidations.wanted) return;
    const { store } = this;
    const copy = cloneBytes(key, start, end);
    this.#invalidations.add(slot, copy, store.versionEpoch(entry), store.versionCounter(entry));
  }

  #onRemove(entry: number, cause: RemovalCause): void {
    if (cause === EVICTED) this.#evictions++;
    else this.#expirations++;
    this.onRemove?.(entry, cause);
    if (!this.#invalidations.wanted) return;
    const { store } = this;
    const slot = store.slotOf(entry);
    this.#invalidations.add(slot, readKey(store, entry), store.slotEpoch(slot), store.slotCounter(slot));
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

  #status(): NodeStatus {
    return {
      topic: 'node_status',
      node: this.id,
      incarnation: this.#incarnation,
      state: this.#state,
      weight: this.weight,
      slots: this.#ownedCount,
      statistics: this.statistics(),
    };
  }

  #dropEverything(): void {
    this.#owned.fill(0);
    this.#ownedCount = 0;
    this.store.clear(EVERY_SLOT);
  }

  #checkOpen(method: string): void {
    if (this.#state === 'closed')
      throw new DataNodeError('CLOSED', `${method} was called on data node ${this.id}, which is closed`);
  }
}
