import assert from 'node:assert/strict';
import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import { must } from '@distributed-cache/test-kit';
import { readKey, readValue } from '../entry-bytes.ts';
import { EVICTED, EXPIRED, NONE, type RemovalCause, type Store, type StoreOptions } from '../store.ts';

export type CreateStore = (options: StoreOptions) => Store;

interface ModelEntry {
  readonly entry: number;
  readonly slot: number;
  value: Buffer;
  expiresAt: number;
  epoch: number;
  counter: number;
  /** When it was last used. */
  usedAt: number;
}

type SlotVersion = readonly [epoch: number, counter: number];

const isAbove = (a: SlotVersion, b: SlotVersion): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

/** Without a pattern, so that a value that is cut, shifted or mixed up does not equal another. */
const noise = Buffer.alloc(8 * 1024 * 1024 + 256);
for (let i = 0, state = 1; i < noise.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  noise[i] = state >>> 24;
}

/** Test data: up to 8 MiB, another for each seed from 0 to 255. Not to be written to. */
export function bytes(length: number, seed = 0): Buffer {
  return noise.subarray(seed, seed + length);
}

/** Marks for `scan` and `clear`. */
export function marked(slots: Iterable<number>): Uint8Array {
  const marks = new Uint8Array(SLOT_COUNT);
  for (const slot of slots) marks[slot] = 1;
  return marks;
}

/**
 * A store and a naive model of it that go through the same operations. The model is a Map in recency order, least
 * recently used first. What a store decides on its own (when the bytes of its budget are used up, which numbers it
 * gives) is taken from the store, and held against everything the port says about it.
 *
 * Keys and values are handed over inside larger buffers, which are overwritten right after.
 */
export class ModelledStore {
  readonly store: Store;
  now = 1000;
  readonly #model = new Map<string, ModelEntry>();
  readonly #slots: readonly number[];
  readonly #options: StoreOptions;
  readonly #versions = new Map<number, SlotVersion>();
  /** Slots whose version must have grown when the operation is over. */
  readonly #changed = new Set<number>();
  #inserting = false;
  #writing: string | undefined;
  #scan: { slots: Uint8Array; cursor: number; missing: Set<number> } | undefined;

  /** @param slots every slot that keys will have */
  constructor(create: CreateStore, options: StoreOptions, slots: readonly number[]) {
    this.#options = options;
    this.store = create({
      ...options,
      onRemove: (entry, cause) => {
        this.#onRemove(entry, cause);
      },
    });
    this.#slots = slots;
    for (const slot of slots) this.#versions.set(slot, [0, 0]);
  }

  find(key: Buffer): number {
    const name = key.toString('latin1');
    const [buffer, start, end] = this.#embed(key);
    const entry = this.store.find(buffer, start, end, this.now);
    const expected = this.#model.get(name);
    assert.equal(entry, expected?.entry ?? NONE, 'find answers the entry, or NONE');
    assert(expected === undefined || !this.#isExpired(expected), 'find never answers an expired entry');
    return entry;
  }

  touch(key: Buffer): void {
    const entry = this.find(key);
    if (entry === NONE) return;
    this.store.touch(entry);
    this.#refresh(key.toString('latin1'));
  }

  put(key: Buffer, slot: number, value: Buffer, ttl: number): void {
    const name = key.toString('latin1');
    const expiresAt = ttl === 0 ? 0 : this.now + ttl;
    const before = this.#model.get(name);
    const live = before !== undefined && !this.#isExpired(before);
    this.#inserting = !live;
    this.#writing = live ? name : undefined;
    const [keyBuffer, keyStart, keyEnd] = this.#embed(key);
    const [valueBuffer, start, end] = this.#embed(value);
    const entry = this.store.put(
      keyBuffer,
      keyStart,
      keyEnd,
      slot,
      valueBuffer,
      start,
      end,
      expiresAt,
      this.now,
    );
    keyBuffer.fill(0xee);
    valueBuffer.fill(0xee);
    assert(entry >= 0, 'an entry smaller than the budget is stored');
    if (live) {
      assert.equal(entry, before.entry, 'a replaced entry keeps its number');
      assert(this.#model.has(name), 'a write never evicts the entry it writes');
    } else {
      assert(!this.#model.has(name), 'an expired entry is reported before its key is written again');
      for (const other of this.#model.values()) assert.notEqual(entry, other.entry, 'numbers are unique');
      this.#model.set(name, { entry, slot, value, expiresAt, epoch: 0, counter: 0, usedAt: 0 });
    }
    Object.assign(must(this.#model.get(name)), { value: Buffer.from(value), expiresAt });
    this.#wrote(name);
  }

  update(key: Buffer, offset: number, bytes: Buffer): void {
    const entry = this.find(key);
    if (entry === NONE) return;
    const name = key.toString('latin1');
    this.#writing = name;
    const [buffer, start, end] = this.#embed(bytes);
    assert.equal(this.store.update(entry, offset, buffer, start, end, this.now), entry);
    buffer.fill(0xee);
    const model = this.#model.get(name);
    assert(model, 'a write never evicts the entry it writes');
    const grown = Buffer.alloc(Math.max(model.value.length, offset + bytes.length));
    model.value.copy(grown);
    bytes.copy(grown, offset);
    model.value = grown;
    this.#wrote(name);
  }

  setExpiry(key: Buffer, ttl: number): void {
    const entry = this.find(key);
    if (entry === NONE) return;
    const name = key.toString('latin1');
    const expiresAt = ttl === 0 ? 0 : this.now + ttl;
    this.store.setExpiry(entry, expiresAt);
    must(this.#model.get(name)).expiresAt = expiresAt;
    this.#wrote(name);
  }

  setVersion(key: Buffer, slot: number, epoch: number, counter: number): void {
    const entry = this.find(key);
    if (entry === NONE) return;
    const before = this.#slotVersion(slot);
    this.store.setVersion(entry, epoch, counter);
    Object.assign(must(this.#model.get(key.toString('latin1'))), { epoch, counter });
    const expected = isAbove([epoch, counter], before) ? [epoch, counter] : before;
    assert.deepEqual(this.#slotVersion(slot), expected, "a slot is never below its entries' versions");
    this.#versions.set(slot, this.#slotVersion(slot));
  }

  remove(key: Buffer, slot: number): void {
    const entry = this.find(key);
    if (entry === NONE) return;
    this.store.remove(entry);
    this.#forget(key.toString('latin1'));
    this.#changed.add(slot);
  }

  expire(limit: number): void {
    const due = [...this.#model.values()].filter((entry) => this.#isExpired(entry)).length;
    assert.equal(this.store.expire(this.now, limit), Math.min(due, limit), 'expire counts what it removed');
  }

  clear(slots: readonly number[]): void {
    this.store.clear(marked(slots));
    for (const [name, model] of this.#model) if (slots.includes(model.slot)) this.#forget(name);
    for (const slot of slots) this.#changed.add(slot);
  }

  beginEpoch(slot: number, epoch: number): void {
    const before = this.#slotVersion(slot);
    this.store.beginEpoch(slot, epoch);
    assert.deepEqual(this.#slotVersion(slot), isAbove([epoch, 0], before) ? [epoch, 0] : before);
    this.#versions.set(slot, this.#slotVersion(slot));
  }

  advanceVersion(slot: number): void {
    this.store.advanceVersion(slot);
    this.#changed.add(slot);
  }

  sample(random: number): void {
    const entry = this.store.sample(random);
    if (this.#model.size === 0) assert.equal(entry, NONE);
    else assert(this.#model.has(readKey(this.store, entry).toString('latin1')), 'sample answers an entry');
  }

  /** One call of a scan that goes on over many other operations. */
  scan(slots: readonly number[], limit: number): void {
    if (this.#scan === undefined) {
      const present = [...this.#model.values()].filter((model) => slots.includes(model.slot));
      this.#scan = { slots: marked(slots), cursor: 0, missing: new Set(present.map((model) => model.entry)) };
    }
    const scan = this.#scan;
    scan.cursor = this.store.scan(scan.slots, scan.cursor, limit, (entry) => {
      const model = this.#model.get(readKey(this.store, entry).toString('latin1'));
      assert.equal(model?.entry, entry, 'scan visits entries');
      assert.equal(scan.slots[model.slot], 1, 'scan keeps to its slots');
      scan.missing.delete(entry);
    });
    if (scan.cursor !== 0) return;
    assert.deepEqual([...scan.missing], [], 'scan visits what was there throughout');
    this.#scan = undefined;
  }

  /** Holds every observable fact against the model. Call after each operation. */
  check(): void {
    const { store } = this;
    let taken = 0;
    const times: number[] = [];
    const inSlot = new Map(this.#slots.map((slot) => [slot, 0]));
    for (const [name, model] of this.#model) {
      const { entry } = model;
      assert.equal(store.keyLength(entry), name.length);
      assert.equal(store.valueLength(entry), model.value.length);
      assert.equal(store.slotOf(entry), model.slot);
      assert.equal(store.expiresAt(entry), model.expiresAt);
      assert.deepEqual(
        [store.versionEpoch(entry), store.versionCounter(entry)],
        [model.epoch, model.counter],
      );
      const length = name.length + model.value.length;
      assert(store.bytesOf(entry) > length, 'an entry takes more than its key and value');
      taken += store.bytesOf(entry);
      this.#checkIdleTime(model);
      if (model.expiresAt !== 0) times.push(model.expiresAt);
      inSlot.set(model.slot, must(inSlot.get(model.slot)) + 1);
    }
    assert.equal(store.entries, this.#model.size);
    assert.equal(store.expiring, times.length);
    assert.equal(store.nextExpiry(), Math.min(...times));
    const mean = store.meanExpiry();
    if (times.length === 0) assert.equal(mean, 0);
    else assert(mean >= Math.min(...times) && mean <= Math.max(...times), 'the mean is between the times');
    assert(store.entries <= (this.#options.maxEntries ?? Infinity), 'the entry limit holds');
    assert(store.bytes <= store.maxBytes, 'the budget holds');
    assert(store.bytes >= taken, 'what the entries take is part of the bytes');
    for (const slot of this.#slots) {
      assert.equal(store.entriesInSlot(slot), inSlot.get(slot));
      const version = this.#slotVersion(slot);
      if (this.#changed.has(slot))
        assert(isAbove(version, must(this.#versions.get(slot))), 'a change advances its slot');
      else assert.deepEqual(version, this.#versions.get(slot), 'nothing else advances a slot');
      this.#versions.set(slot, version);
    }
    this.#changed.clear();
    this.#inserting = false;
    this.#writing = undefined;
  }

  /** Compares every key and value byte by byte, and runs a scan that is under way to its end. */
  checkContents(): void {
    for (const [name, model] of this.#model) {
      assert.equal(readKey(this.store, model.entry).toString('latin1'), name);
      assert(readValue(this.store, model.entry).equals(model.value), 'values come back as they were written');
    }
    for (let calls = 0; this.#scan !== undefined; calls++) {
      assert(calls < 100_000, 'a scan of a store at rest ends');
      this.scan([], 10);
    }
  }

  #checkIdleTime({ entry, usedAt }: ModelEntry): void {
    const answer = this.store.idleTime(entry, this.now);
    if (this.#options.evictionPolicy !== 'lru') {
      assert.equal(answer, NONE, 'times of use are kept in the order of use only');
      return;
    }
    const idle = this.now - usedAt;
    assert(answer >= idle, 'an idle time is never too short');
    assert(answer - idle <= Math.max(100, 0.02 * idle), 'an idle time is hardly too long');
  }

  #onRemove(entry: number, cause: RemovalCause): void {
    const name = readKey(this.store, entry).toString('latin1');
    const model = this.#model.get(name);
    assert.equal(model?.entry, entry, 'a removal is reported once, with its key');
    assert.equal(this.store.valueLength(entry), model.value.length);
    assert.equal(this.store.slotOf(entry), model.slot);
    const version = this.#slotVersion(model.slot);
    assert(isAbove(version, must(this.#versions.get(model.slot))), "the removal's version is there");
    const others = [...this.#model].filter(([other]) => other !== this.#writing);
    const expired = others.filter(([, other]) => this.#isExpired(other));
    if (cause === EXPIRED) {
      assert(this.#isExpired(model), 'only what has expired expires');
    } else {
      assert.equal(cause, EVICTED);
      assert.deepEqual(expired, [], 'what has expired makes room before anything is evicted');
      if (this.#options.evictionPolicy === 'lru') {
        assert.equal(others[0]?.[0], name, 'the least recently used goes first');
      } else {
        assert.notEqual(name, this.#writing, 'a write never evicts the entry it writes');
      }
      const { maxEntries = Infinity } = this.#options;
      if (maxEntries < Infinity) {
        assert(this.#inserting && this.#model.size >= maxEntries, 'nothing is evicted while there is room');
      }
    }
    this.#versions.set(model.slot, version);
    this.#forget(name);
  }

  #wrote(name: string): void {
    const model = must(this.#model.get(name));
    const { slot } = model;
    const version: SlotVersion = [
      this.store.versionEpoch(model.entry),
      this.store.versionCounter(model.entry),
    ];
    assert(isAbove(version, must(this.#versions.get(slot))), 'a write takes the next version');
    assert(!isAbove(version, this.#slotVersion(slot)), "a slot is never below its entries' versions");
    [model.epoch, model.counter] = version;
    this.#changed.add(slot);
    this.#refresh(name);
  }

  #refresh(name: string): void {
    const model = must(this.#model.get(name));
    model.usedAt = this.now;
    this.#model.delete(name);
    this.#model.set(name, model);
  }

  #forget(name: string): void {
    this.#scan?.missing.delete(must(this.#model.get(name)).entry);
    this.#model.delete(name);
  }

  #isExpired(model: ModelEntry): boolean {
    return model.expiresAt !== 0 && model.expiresAt <= this.now;
  }

  #slotVersion(slot: number): SlotVersion {
    return [this.store.slotEpoch(slot), this.store.slotCounter(slot)];
  }

  #embed(bytes: Buffer): [buffer: Buffer, start: number, end: number] {
    return [Buffer.concat([Buffer.from('<<<'), bytes, Buffer.from('>>')]), 3, 3 + bytes.length];
  }
}
