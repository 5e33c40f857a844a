import { hash } from 'node:crypto';
import { copyBytes } from './bytes.ts';
import { EntryNumbers } from './entry-numbers.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { RecencyList } from './recency-list.ts';
import { SlotTable } from './slot-table.ts';
import { EVICTED, EXPIRED, NONE, Store, TOO_LARGE, type RemovalCause, type StoreOptions } from './store.ts';
import { enlarged } from './typed-arrays.ts';
import { ValueMemory } from './value-memory.ts';

/**
 * Bytes that an entry costs the process beside its key and value: map node, key string, array and ArrayBuffer
 * objects and their allocation, fields in typed arrays, spare room in all of these, and what waits for the garbage
 * collector. Measured on Node 20 with 1,000,000 entries of 16 + 100 bytes: some 540 once filled, and 615 with entries
 * being replaced all the time.
 */
const ENTRY_OVERHEAD = 600;

/**
 * A `Map` throws when it would grow past 2^24 entries, and with entries coming and going it may want to grow at half
 * of that.
 */
const MAP_LIMIT = 2 ** 23;

const INITIAL_CAPACITY = 1024;

/** How many entry numbers a scan may look at for each entry it was asked for, so that a call never takes long. */
const SCAN_STRIDE = 64;

/** V8 hashes a string of more than 16,383 characters by its length alone, so such keys would all collide. */
const HASHED_KEY_LENGTH = 1024;

const NO_VALUE = new Uint8Array(0);

// Works on any Uint8Array, which Buffer.prototype.toString does not.
const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice(start: number, end: number): string };

/** The name of a key in the map. Digests carry a mark that no latin1 string has, so they never meet a key. */
function mapKey(key: string): string {
  return key.length <= HASHED_KEY_LENGTH
    ? key
    : `\u0100${hash('sha256', Buffer.from(key, 'latin1'), 'base64')}`;
}

/**
 * A store on the JavaScript heap: a `Map` from key to entry number, one array per value, and all other fields in
 * typed arrays indexed by entry number.
 *
 * What it gives up for being simple: a lookup makes a string of the key, `update` copies the value, arrays double in
 * one step, memory is given back by the garbage collector and hence a little late, and it holds at most 2^23 entries.
 * V8's young generation and the buffers kept for reuse, together some tens of MiB, come on top of the budget.
 */
export class MapStore extends Store {
  readonly maxBytes: number;
  readonly #maxEntries: number;
  readonly #onRemove: ((entry: number, cause: RemovalCause) => void) | undefined;
  readonly #slots = new SlotTable();
  readonly #memory = new ValueMemory();

  #bytes!: number;
  #index!: Map<string, number>;
  #numbers!: EntryNumbers;
  #recency!: RecencyList;
  #expiry!: ExpiryHeap;
  #keys!: string[];
  #values!: Uint8Array<ArrayBuffer>[];
  #slotOf!: Uint16Array;
  #epochs!: Uint32Array;
  #counters!: Uint32Array;

  constructor(options: StoreOptions) {
    super();
    this.maxBytes = options.maxBytes;
    this.#maxEntries = Math.min(options.maxEntries ?? Infinity, MAP_LIMIT);
    this.#onRemove = options.onRemove;
    this.#reset();
  }

  get entries(): number {
    return this.#numbers.count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: Uint8Array, start: number, end: number, _slot: number, now: number): number {
    return this.#find(latin1Slice.call(key, start, end), now);
  }

  touch(entry: number): void {
    this.#recency.moveToFront(entry);
  }

  keyLength(entry: number): number {
    return this.#keys[entry]!.length;
  }

  copyKey(entry: number, target: Uint8Array, offset: number): void {
    const key = this.#keys[entry]!;
    for (let i = 0; i < key.length; i++) target[offset + i] = key.charCodeAt(i);
  }

  valueLength(entry: number): number {
    return this.#values[entry]!.length;
  }

  copyValue(entry: number, target: Uint8Array, offset: number, from: number, to: number): void {
    copyBytes(this.#values[entry]!, from, to, target, offset);
  }

  slotOf(entry: number): number {
    return this.#slotOf[entry]!;
  }

  expiresAt(entry: number): number {
    return this.#expiry.timeOf(entry);
  }

  versionEpoch(entry: number): number {
    return this.#epochs[entry]!;
  }

  versionCounter(entry: number): number {
    return this.#counters[entry]!;
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
    const length = valueEnd - valueStart;
    const size = ENTRY_OVERHEAD + (keyEnd - keyStart) + ValueMemory.sizeFor(length);
    if (size > this.maxBytes) return TOO_LARGE;

    const name = latin1Slice.call(key, keyStart, keyEnd);
    let entry = this.#find(name, now);
    if (entry === NONE) {
      this.#makeRoom(size, 1, NONE, now);
      entry = this.#insert(name, slot, this.#memory.take(length));
      this.#bytes += size;
    } else {
      this.#recency.moveToFront(entry);
      this.#resize(entry, length, 0, now);
    }
    copyBytes(value, valueStart, valueEnd, this.#values[entry]!, 0);
    this.#expiry.set(entry, expiresAt);
    this.#advance(entry);
    return entry;
  }

  update(entry: number, offset: number, source: Uint8Array, start: number, end: number, now: number): number {
    const before = this.valueLength(entry);
    const length = Math.max(before, offset + end - start);
    const size = ENTRY_OVERHEAD + this.keyLength(entry) + ValueMemory.sizeFor(length);
    if (size > this.maxBytes) return TOO_LARGE;

    this.#recency.moveToFront(entry);
    this.#resize(entry, length, before, now);
    if (offset > before) this.#values[entry]!.fill(0, before, offset);
    copyBytes(source, start, end, this.#values[entry]!, offset);
    this.#advance(entry);
    return entry;
  }

  setExpiry(entry: number, expiresAt: number): void {
    this.#recency.moveToFront(entry);
    this.#expiry.set(entry, expiresAt);
    this.#advance(entry);
  }

  remove(entry: number): void {
    this.#slots.advance(this.#slotOf[entry]!);
    this.#drop(entry);
  }

  setVersion(entry: number, epoch: number, counter: number): void {
    this.#epochs[entry] = epoch;
    this.#counters[entry] = counter;
    this.#slots.raise(this.#slotOf[entry]!, epoch, counter);
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

  /** The cursor is the next entry number: an entry keeps its number, so one that stays is met exactly once. */
  scan(slots: Uint8Array, cursor: number, limit: number, visit: (entry: number) => void): number {
    const wanted = Math.max(limit, 1);
    const end = Math.min(this.#numbers.capacity, cursor + wanted * SCAN_STRIDE);
    let entry = cursor;
    for (let visited = 0; entry < end && visited < wanted; entry++) {
      if (!this.#numbers.inUse(entry) || slots[this.#slotOf[entry]!] !== 1) continue;
      visited++;
      visit(entry);
    }
    return entry < this.#numbers.capacity ? entry : 0;
  }

  expire(now: number, limit: number): number {
    let expired = 0;
    while (expired < limit && this.nextExpiry() <= now) {
      this.#removeUnasked(this.#expiry.first, EXPIRED);
      expired++;
    }
    return expired;
  }

  nextExpiry(): number {
    const first = this.#expiry.first;
    return first === NONE ? Infinity : this.#expiry.timeOf(first);
  }

  sample(random: number): number {
    return this.entries === 0 ? NONE : this.#numbers.at(Math.floor(random * this.entries));
  }

  clear(slots: Uint8Array): void {
    let leaving = 0;
    for (let slot = 0; slot < slots.length; slot++)
      if (slots[slot] === 1) leaving += this.#slots.entries(slot);
    if (leaving === this.entries) {
      this.#slots.clearEntries();
      this.#reset();
    } else {
      for (let entry = 0; leaving > 0; entry++) {
        if (!this.#numbers.inUse(entry) || slots[this.#slotOf[entry]!] !== 1) continue;
        this.#drop(entry);
        leaving--;
      }
    }
    for (let slot = 0; slot < slots.length; slot++) if (slots[slot] === 1) this.#slots.advance(slot);
  }

  #find(name: string, now: number): number {
    const entry = this.#index.get(mapKey(name));
    if (entry === undefined) return NONE;
    if (!this.#expiry.isDue(entry, now)) return entry;
    this.#removeUnasked(entry, EXPIRED);
    return NONE;
  }

  #insert(name: string, slot: number, value: Uint8Array<ArrayBuffer>): number {
    if (this.entries === this.#numbers.capacity) this.#grow(this.#numbers.capacity * 2);
    const entry = this.#numbers.take();
    this.#index.set(mapKey(name), entry);
    this.#keys[entry] = name;
    this.#values[entry] = value;
    this.#slotOf[entry] = slot;
    this.#recency.add(entry);
    this.#slots.addEntry(slot);
    return entry;
  }

  /** Removes what has expired, then the least recently used, until so much more fits; never `keep`. */
  #makeRoom(bytes: number, entries: number, keep: number, now: number): void {
    while (this.#bytes + bytes > this.maxBytes || this.entries + entries > this.#maxEntries) {
      const soonest = this.#expiry.first;
      if (soonest !== NONE && soonest !== keep && this.#expiry.isDue(soonest, now)) {
        this.#removeUnasked(soonest, EXPIRED);
      } else {
        this.#removeUnasked(this.#recency.last, EVICTED);
      }
    }
  }

  #removeUnasked(entry: number, cause: RemovalCause): void {
    this.#slots.advance(this.#slotOf[entry]!);
    this.#onRemove?.(entry, cause);
    this.#drop(entry);
  }

  #drop(entry: number): void {
    const key = this.#keys[entry]!;
    const value = this.#values[entry]!;
    this.#bytes -= ENTRY_OVERHEAD + key.length + ValueMemory.sizeFor(value.length);
    this.#index.delete(mapKey(key));
    this.#recency.remove(entry);
    this.#expiry.set(entry, 0);
    this.#slots.removeEntry(this.#slotOf[entry]!);
    this.#numbers.giveBack(entry);
    this.#keys[entry] = '';
    this.#values[entry] = NO_VALUE;
    this.#memory.giveBack(value);
  }

  #advance(entry: number): void {
    const slot = this.#slotOf[entry]!;
    this.#slots.advance(slot);
    this.#epochs[entry] = this.#slots.epoch(slot);
    this.#counters[entry] = this.#slots.counter(slot);
  }

  /** Changes the length of a live entry's value; its first `keep` bytes stay. */
  #resize(entry: number, length: number, keep: number, now: number): void {
    const old = this.#values[entry]!;
    if (old.length === length) return;
    const growth = ValueMemory.sizeFor(length) - ValueMemory.sizeFor(old.length);
    if (growth === 0) {
      this.#values[entry] = new Uint8Array(old.buffer, 0, length);
      return;
    }
    this.#makeRoom(growth, 0, entry, now);
    const resized = this.#memory.take(length);
    copyBytes(old, 0, keep, resized, 0);
    this.#values[entry] = resized;
    this.#bytes += growth;
    this.#memory.giveBack(old);
  }

  #grow(capacity: number): void {
    this.#numbers.grow(capacity);
    this.#recency.grow(capacity);
    this.#expiry.grow(capacity);
    this.#slotOf = enlarged(this.#slotOf, capacity);
    this.#epochs = enlarged(this.#epochs, capacity);
    this.#counters = enlarged(this.#counters, capacity);
  }

  /** Everything but the slots as at the start, so that an emptied store gives its arrays back. */
  #reset(): void {
    this.#bytes = 0;
    this.#index = new Map();
    this.#numbers = new EntryNumbers(INITIAL_CAPACITY);
    this.#recency = new RecencyList(INITIAL_CAPACITY);
    this.#expiry = new ExpiryHeap(INITIAL_CAPACITY);
    this.#keys = [];
    this.#values = [];
    this.#slotOf = new Uint16Array(INITIAL_CAPACITY);
    this.#epochs = new Uint32Array(INITIAL_CAPACITY);
    this.#counters = new Uint32Array(INITIAL_CAPACITY);
  }
}
