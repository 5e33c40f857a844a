import { NONE } from '../store.ts';
import { type PagePool } from './pages.ts';
import type { Slabs } from './slabs.ts';

/**
 * The record of an entry: eight 32-bit words, half a cache line, so that a lookup fetches everything about an entry at
 * once. (One typed array per field costs a cache miss per field.)
 */
export const RECORD_BYTES = 32;

/** The eviction policy's: links and its bits. A record that is not in use has its free-list link in the first word. */
export const NEWER = 0;
export const OLDER = 1;
/** Address of the first block of key and value, or NO_DATA. */
export const DATA = 2;
export const VALUE_LENGTH = 3;
/** Key length in bits 0 to 16, slot in bits 17 to 30, a bit of the eviction policy, 0 at first. */
export const KEY_AND_SLOT = 4;
export const EPOCH = 5;
export const COUNTER = 6;
/** Place in the expiry queue plus one; 0 for an entry that never expires. */
export const EXPIRY = 7;

export const NO_DATA = -1;
/** The record is in use, and its data is about to be allocated. */
export const DATA_PENDING = -2;

const SLOT_SHIFT = 17;
const KEY_LENGTH_MASK = (1 << SLOT_SHIFT) - 1;
const SLOT_MASK = (1 << 14) - 1;

/** An address is in units of 8 bytes, a record has 4 of them. */
const ADDRESS_SHIFT = 2;

/** The number of the record at this address. */
export function recordAt(address: number): number {
  return address >>> ADDRESS_SHIFT;
}

/**
 * The records of all entries. An entry's number is its record's address, so nothing translates between them: a record
 * never moves, and its number stays until the entry is removed. Its words begin at `entry << 3`.
 */
export class Records {
  readonly #pool: PagePool;
  readonly #words: Int32Array;
  readonly #slabs: Slabs;
  readonly #cls: number;
  readonly #pageShift: number;

  /** @param cls the (immovable) size class of records */
  constructor(pool: PagePool, slabs: Slabs, cls: number) {
    this.#pool = pool;
    this.#words = pool.words;
    this.#slabs = slabs;
    this.#cls = cls;
    this.#pageShift = pool.pageShift - ADDRESS_SHIFT;
  }

  /** A new record, without data and expiry; the other fields are arbitrary. */
  take(keyLength: number, slot: number): number {
    const entry = recordAt(this.#slabs.allocate(this.#cls));
    const words = this.#words;
    const at = entry << 3;
    words[at + DATA] = DATA_PENDING;
    words[at + VALUE_LENGTH] = 0;
    words[at + KEY_AND_SLOT] = keyLength | (slot << SLOT_SHIFT);
    words[at + EXPIRY] = 0;
    return entry;
  }

  giveBack(entry: number): void {
    this.set(entry, DATA, NO_DATA);
    this.#slabs.free(entry << ADDRESS_SHIFT);
  }

  get(entry: number, field: number): number {
    return this.#words[(entry << 3) + field]!;
  }

  set(entry: number, field: number, value: number): void {
    this.#words[(entry << 3) + field] = value;
  }

  keyLength(entry: number): number {
    return this.get(entry, KEY_AND_SLOT) & KEY_LENGTH_MASK;
  }

  slot(entry: number): number {
    return (this.get(entry, KEY_AND_SLOT) >>> SLOT_SHIFT) & SLOT_MASK;
  }

  /** Bytes of key and value together. */
  payloadLength(entry: number): number {
    return this.keyLength(entry) + this.get(entry, VALUE_LENGTH);
  }

  /** The first entry in use whose number is `from` or higher, or NONE. */
  next(from: number): number {
    let entry = from;
    const pages = this.#pool.pagesSeen;
    for (let page = from >>> this.#pageShift; page < pages; page++, entry = page << this.#pageShift) {
      if (this.#slabs.classOfPage(page) !== this.#cls) continue;
      const end = (page << this.#pageShift) + this.#slabs.carvedInPage(page);
      for (; entry < end; entry++) if (this.get(entry, DATA) !== NO_DATA) return entry;
    }
    return NONE;
  }

  /** The entry with so many others in use before it. Steps over whole pages, so it is quick, though not constant. */
  at(rank: number): number {
    let before = 0;
    for (let page = 0; page < this.#pool.pagesSeen; page++) {
      if (this.#slabs.classOfPage(page) !== this.#cls) continue;
      const live = this.#slabs.liveInPage(page);
      if (before + live <= rank) {
        before += live;
        continue;
      }
      let entry = this.next(page << this.#pageShift);
      for (; before < rank; before++) entry = this.next(entry + 1);
      return entry;
    }
    return NONE;
  }
}
