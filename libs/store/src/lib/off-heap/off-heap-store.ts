import { invalidArgument } from '../errors.ts';
import { SlotVersions } from '../slot-versions.ts';
import { EVICTED, EXPIRED, NONE, Store, TOO_LARGE, type RemovalCause, type StoreOptions } from '../store.ts';
import { AdaptivePolicy } from './adaptive-policy.ts';
import type { EvictionPolicy } from './eviction-policy.ts';
import { ExpiryQueue, NODE_BYTES } from './expiry-queue.ts';
import { CELL_BYTES, HashIndex } from './hash-index.ts';
import { KeyedHash } from './keyed-hash.ts';
import { Lookahead } from './lookahead.ts';
import { LruList } from './lru-list.ts';
import { Memory } from './memory.ts';
import { MAX_BUDGET } from './pages.ts';
import type { Payloads } from './payloads.ts';
import { COUNTER, EPOCH, RECORD_BYTES, VALUE_LENGTH, type Records } from './records.ts';

/** How many records a scan may look at for each entry it was asked for, so that a call never takes long. */
const SCAN_STRIDE = 64;

/**
 * A store without a JavaScript object per entry: everything lies in pages of large ArrayBuffers, and the garbage
 * collector sees a few dozen objects, however many entries there are.
 *
 * An entry is a record of 32 bytes ({@link Records}), a cell of 8 in the index ({@link HashIndex}), its key and value in
 * one or more blocks ({@link Payloads}), and 16 bytes in the expiry queue if it has a time
 * ({@link ExpiryQueue}). A lookup touches a cell, the record and the key.
 *
 * The budget is physical. All of this comes from one pool of pages, as many as the budget holds ({@link Memory}).
 * Whoever needs a page when there is none makes the slabs move blocks together, and if that gains nothing, the store
 * evict. So eviction happens anywhere within a write, and the entry being written is exempt ({@link #writing}).
 *
 * Beside the budget: the slot table (192 KiB), a scratch area of the index (at most 128 KiB), the hash's tables (32 KiB),
 * the list's marks (128 KiB) or the adaptive policy's simulations (0.6 MiB), and code.
 */
export class OffHeapStore extends Store {
  readonly maxBytes: number;
  readonly #maxEntries: number;
  readonly #onRemove: ((entry: number, cause: RemovalCause) => void) | undefined;

  readonly #hash: KeyedHash;
  readonly #slots = new SlotVersions();
  readonly #memory: Memory;
  readonly #records: Records;
  readonly #payloads: Payloads;
  readonly #index: HashIndex;
  readonly #policy: EvictionPolicy;
  readonly #expiry: ExpiryQueue;
  readonly #lookahead: Lookahead;

  /** The entry that must not be evicted now. */
  #writing: number = NONE;
  /** The latest time that was heard of: decides what has expired when room is made. */
  #now = 0;
  /** Used to hash the keys of entries that go. */
  #keyBuffer = new Uint8Array(256);

  /** @param hash its key must be hard to guess where keys of entries come from outside */
  constructor(options: StoreOptions, hash = new KeyedHash()) {
    super();
    if (!(options.maxBytes >= 1 && options.maxBytes <= MAX_BUDGET)) {
      throw invalidArgument('maxBytes', `from 1 to ${MAX_BUDGET} (8 GiB)`, options.maxBytes);
    }
    this.maxBytes = options.maxBytes;
    this.#hash = hash;
    this.#maxEntries = options.maxEntries ?? Infinity;
    this.#onRemove = options.onRemove;

    const memory = new Memory(this.maxBytes, () => {
      this.#makeRoom();
    });
    this.#memory = memory;
    this.#records = memory.records;
    this.#payloads = memory.payloads;
    this.#index = new HashIndex(memory);
    this.#policy =
      options.evictionPolicy === 'adaptive'
        ? new AdaptivePolicy(memory, (entry) => this.#hashOf(entry))
        : new LruList(memory.pool);
    this.#expiry = new ExpiryQueue(memory);
    this.#lookahead = new Lookahead(this.#hash, this.#index, memory.records, memory.payloads, this.#policy);
  }

  get entries(): number {
    return this.#index.size;
  }

  get bytes(): number {
    return this.#memory.pool.bytesTaken;
  }

  get expiring(): number {
    return this.#expiry.count;
  }

  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#lookahead.prepare(keys, starts, ends, count);
  }

  endPreparation(): void {
    this.#lookahead.forget();
  }

  find(key: Uint8Array, start: number, end: number, now: number): number {
    const prepared = this.#lookahead.find(key, start);
    if (prepared >= 0) return this.#findPrepared(prepared, key, start, end, now);
    return this.#find(this.#hash.of(key, start, end), key, start, end, now);
  }

  touch(entry: number): void {
    this.#policy.touch(entry);
  }

  keyLength(entry: number): number {
    return this.#records.keyLength(entry);
  }

  copyKey(entry: number, target: Uint8Array, offset: number): void {
    this.#payloads.read(entry, 0, this.#records.keyLength(entry), target, offset);
  }

  valueLength(entry: number): number {
    return this.#records.get(entry, VALUE_LENGTH);
  }

  copyValue(entry: number, target: Uint8Array, offset: number, from: number, to: number): void {
    const keyLength = this.#records.keyLength(entry);
    this.#payloads.read(entry, keyLength + from, keyLength + to, target, offset);
  }

  slotOf(entry: number): number {
    return this.#records.slot(entry);
  }

  expiresAt(entry: number): number {
    return this.#expiry.timeOf(entry);
  }

  versionEpoch(entry: number): number {
    return this.#records.get(entry, EPOCH) >>> 0;
  }

  versionCounter(entry: number): number {
    return this.#records.get(entry, COUNTER) >>> 0;
  }

  bytesOf(entry: number): number {
    const payload = this.#payloads.bytesFor(this.#records.payloadLength(entry));
    return RECORD_BYTES + CELL_BYTES + payload + (this.#expiry.timeOf(entry) === 0 ? 0 : NODE_BYTES);
  }

  put(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    slot: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
    now: number,
  ): number {
    const keyLength = keyEnd - keyStart;
    const length = keyLength + valueEnd - valueStart;
    if (length > this.#memory.maxPayload) return TOO_LARGE;

    const prepared = this.#lookahead.find(key, keyStart);
    const hash = prepared >= 0 ? this.#lookahead.hash(prepared) : this.#hash.of(key, keyStart, keyEnd);
    let entry =
      prepared >= 0
        ? this.#findPrepared(prepared, key, keyStart, keyEnd, now)
        : this.#find(hash, key, keyStart, keyEnd, now);
    if (entry === NONE) {
      entry = this.#insert(hash, key, keyStart, keyEnd, slot, length);
    } else {
      this.#writing = entry;
      this.#policy.touch(entry);
      const before = this.#records.payloadLength(entry);
      if (before !== length && !this.#payloads.hasSameShape(before, length)) {
        this.#payloads.release(entry);
        this.#payloads.allocate(entry, length);
        this.#payloads.write(entry, 0, key, keyStart, keyEnd);
      }
    }
    this.#setValueLength(entry, valueEnd - valueStart);
    this.#payloads.write(entry, keyLength, value, valueStart, valueEnd);
    this.#expiry.set(entry, expiresAt);
    this.#advance(entry, slot);
    this.#writing = NONE;
    return entry;
  }

  update(entry: number, offset: number, source: Uint8Array, start: number, end: number, now: number): number {
    const keyLength = this.#records.keyLength(entry);
    const before = this.#records.get(entry, VALUE_LENGTH);
    const length = Math.max(before, offset + end - start);
    if (keyLength + length > this.#memory.maxPayload) return TOO_LARGE;

    if (now !== this.#now) this.#clockMoved(now);
    this.#writing = entry;
    this.#policy.touch(entry);
    this.#payloads.grow(entry, keyLength + before, keyLength + length);
    this.#setValueLength(entry, length);
    if (offset > before) this.#payloads.fillZero(entry, keyLength + before, keyLength + offset);
    this.#payloads.write(entry, keyLength + offset, source, start, end);
    this.#advance(entry, this.#records.slot(entry));
    this.#writing = NONE;
    return entry;
  }

  frequency(entry: number): number {
    return this.#policy.frequency(entry);
  }

  idleTime(entry: number, now: number): number {
    return this.#policy.idleTime(entry, now);
  }

  setExpiry(entry: number, expiresAt: number): void {
    this.#writing = entry;
    this.#policy.touch(entry);
    this.#expiry.set(entry, expiresAt);
    this.#advance(entry, this.#records.slot(entry));
    this.#writing = NONE;
  }

  remove(entry: number): void {
    this.#slots.advance(this.#records.slot(entry));
    this.#drop(entry);
  }

  setVersion(entry: number, epoch: number, counter: number): void {
    this.#records.set(entry, EPOCH, epoch);
    this.#records.set(entry, COUNTER, counter);
    this.#slots.raise(this.#records.slot(entry), epoch, counter);
  }

  entriesInSlot(slot: number): number {
    return this.#slots.entries(slot);
  }

  slotEpoch(slot: number): number {
    return this.#slots.epoch(slot);
  }

  slotCounter(slot: number): number {
    return this.#slots.counter(slot);
  }

  beginEpoch(slot: number, epoch: number): void {
    this.#slots.raise(slot, epoch, 0);
  }

  advanceVersion(slot: number): void {
    this.#slots.advance(slot);
  }

  /** The cursor is an entry number. Entries keep theirs, so one that stays is met exactly once, whatever grows. */
  scan(slots: Uint8Array, cursor: number, limit: number, visit: (entry: number) => void): number {
    const wanted = Math.max(limit, 1);
    let left = wanted;
    let steps = wanted * SCAN_STRIDE;
    for (let entry = this.#records.next(cursor); entry !== NONE; entry = this.#records.next(entry + 1)) {
      if (left === 0 || steps-- === 0) return entry;
      if (slots[this.#records.slot(entry)] === 0) continue;
      left--;
      visit(entry);
    }
    return 0;
  }

  expire(now: number, limit: number): number {
    if (now !== this.#now) this.#clockMoved(now);
    let expired = 0;
    for (; expired < limit; expired++) {
      const entry = this.#expiry.due(now);
      if (entry === NONE) break;
      this.#removeUnasked(entry, EXPIRED);
    }
    return expired;
  }

  nextExpiry(): number {
    return this.#expiry.firstTime;
  }

  meanExpiry(): number {
    return this.#expiry.meanTime();
  }

  sample(random: number): number {
    return this.entries === 0 ? NONE : this.#records.at(Math.floor(random * this.entries));
  }

  clear(slots: Uint8Array): void {
    let leaving = 0;
    for (let slot = 0; slot < slots.length; slot++) {
      if (slots[slot] === 0) continue;
      leaving += this.#slots.entries(slot);
      this.#slots.advance(slot);
    }
    if (leaving === this.entries) {
      this.#reset();
      return;
    }
    for (let entry = this.#records.next(0); leaving > 0; entry = this.#records.next(entry + 1)) {
      if (slots[this.#records.slot(entry)] === 0) continue;
      this.#drop(entry);
      leaving--;
    }
  }

  #clockMoved(now: number): void {
    this.#now = now;
    this.#policy.tick(now);
  }

  #findPrepared(prepared: number, key: Uint8Array, start: number, end: number, now: number): number {
    if (now !== this.#now) this.#clockMoved(now);
    const entry = this.#lookahead.entry(prepared);
    if (entry !== NONE && this.#index.isEntryOf(entry, key, start, end))
      return this.#unlessExpired(entry, now);
    return this.#find(this.#lookahead.hash(prepared), key, start, end, now);
  }

  #find(hash: number, key: Uint8Array, start: number, end: number, now: number): number {
    if (now !== this.#now) this.#clockMoved(now);
    const entry = this.#index.find(hash, key, start, end);
    return entry === NONE ? NONE : this.#unlessExpired(entry, now);
  }

  #unlessExpired(entry: number, now: number): number {
    const expiresAt = this.#expiry.timeOf(entry);
    if (expiresAt === 0 || expiresAt > now) return entry;
    this.#removeUnasked(entry, EXPIRED);
    return NONE;
  }

  /** A new entry with its key, and room for the value. Until the policy has it, nothing can evict it. */
  #insert(hash: number, key: Uint8Array, start: number, end: number, slot: number, length: number): number {
    while (this.entries >= this.#maxEntries) this.#makeRoom();
    const entry = this.#records.take(end - start, slot);
    this.#payloads.allocate(entry, length);
    this.#payloads.write(entry, 0, key, start, end);
    this.#index.insert(hash, entry);
    this.#slots.addEntry(slot);
    this.#policy.add(entry, hash);
    this.#writing = entry;
    return entry;
  }

  /** Removes what expired first, if that has expired, else the policy's victim; never the entry being written. */
  #makeRoom(): void {
    const soonest = this.#expiry.first;
    if (soonest !== NONE && soonest !== this.#writing && this.#expiry.firstTime <= this.#now) {
      this.#removeUnasked(soonest, EXPIRED);
    } else {
      this.#removeUnasked(this.#policy.victim(this.#writing), EVICTED);
    }
  }

  #removeUnasked(entry: number, cause: RemovalCause): void {
    this.#slots.advance(this.#records.slot(entry));
    this.#onRemove?.(entry, cause);
    this.#drop(entry);
  }

  #drop(entry: number): void {
    this.#lookahead.forgetEntries();
    const hash = this.#hashOf(entry);
    this.#index.remove(hash, entry);
    this.#policy.remove(entry, hash);
    this.#expiry.remove(entry);
    this.#slots.removeEntry(this.#records.slot(entry));
    this.#payloads.release(entry);
    this.#records.giveBack(entry);
  }

  /** The hash is not in the record, so that this fits into half a cache line. */
  #hashOf(entry: number): number {
    const keyLength = this.#records.keyLength(entry);
    if (keyLength > this.#keyBuffer.length) this.#keyBuffer = new Uint8Array(keyLength);
    this.#payloads.read(entry, 0, keyLength, this.#keyBuffer, 0);
    return this.#hash.of(this.#keyBuffer, 0, keyLength);
  }

  #setValueLength(entry: number, length: number): void {
    this.#policy.grown(entry, length - this.#records.get(entry, VALUE_LENGTH));
    this.#records.set(entry, VALUE_LENGTH, length);
  }

  #advance(entry: number, slot: number): void {
    this.#slots.advance(slot);
    this.#records.set(entry, EPOCH, this.#slots.epoch(slot));
    this.#records.set(entry, COUNTER, this.#slots.counter(slot));
  }

  #reset(): void {
    this.#lookahead.forgetEntries();
    this.#memory.reset();
    this.#index.reset();
    this.#expiry.reset();
    this.#policy.reset();
    this.#slots.clearEntries();
  }
}
