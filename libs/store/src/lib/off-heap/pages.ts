import { StoreError } from '../errors.ts';

/** Addresses count in units of 8 bytes. */
export const UNIT_BYTES = 8;
const UNIT_BITS = 3;

/** Words of 4 bytes so are numbered below 2^31, which the compiler computes with in integer registers. */
export const MAX_BUDGET = 2 ** 33;

/** A view of bytes cannot be as long as one of words, so there is one for every 2 GiB: `address >>> WINDOW_SHIFT`, */
export const WINDOW_SHIFT = 31 - UNIT_BITS;
/** where `address & WINDOW_MASK` is the unit. */
export const WINDOW_MASK = (1 << WINDOW_SHIFT) - 1;
const WINDOW_BYTES = 2 ** 31;

const MIN_PAGE_BYTES = 1024;
const MAX_PAGE_BYTES = 32 * 1024;
/** A size class wastes up to a page or so, and there are some 80: so a page is a small part of the budget. */
const PAGES_PER_BUDGET = 4096;

/** What a page costs beside its bytes: its row in the page table, its place on the free stack, its part in directories. */
const PAGE_OVERHEAD = 48;

export const NO_PAGE = -1;

/**
 * All memory of a store, in pages of one size: records, index, expiry queue and the bytes of keys and values all take
 * theirs here. That makes the budget exact and physical. There are as many pages as fit into the budget, whatever
 * serves in them, and a page that one structure gives back is good for any other.
 *
 * They lie in one ArrayBuffer as large as the budget, so an address needs no translation. The system gives it real
 * memory page by page, when something is first written there: what was freed is used again first, so the process takes
 * what the store needed at its fullest, and never more than the budget.
 */
export class PagePool {
  /** The same bytes as bytes (one view for each {@link WINDOW_SHIFT}), words and doubles. */
  readonly bytes: Uint8Array[] = [];
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly pageBytes: number;
  /** `address >>> pageShift` is the page. */
  readonly pageShift: number;
  readonly maxPages: number;
  /** Address of the first byte behind the pages. */
  readonly spare: number;
  #taken = 0;
  /** Pages from here on were never used. */
  #fresh = 0;
  readonly #free: Int32Array;
  #freeCount = 0;

  /** @param spareBytes lie behind the pages and belong to none, nor to the budget */
  constructor(maxBytes: number, spareBytes = 0) {
    let pageBytes = MIN_PAGE_BYTES;
    while (pageBytes < MAX_PAGE_BYTES && pageBytes * PAGES_PER_BUDGET < maxBytes) pageBytes *= 2;
    this.pageBytes = pageBytes;
    this.pageShift = Math.log2(pageBytes) - UNIT_BITS;
    this.maxPages = Math.floor(maxBytes / (pageBytes + PAGE_OVERHEAD));
    this.spare = this.maxPages << this.pageShift;
    const buffer = reserve(this.maxPages * pageBytes + spareBytes);
    for (let start = 0; start < buffer.byteLength; start += WINDOW_BYTES) {
      this.bytes.push(new Uint8Array(buffer, start, Math.min(buffer.byteLength - start, WINDOW_BYTES)));
    }
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.#free = new Int32Array(this.maxPages);
  }

  /** Bytes of the budget that pages in use stand for. */
  get bytesTaken(): number {
    return this.#taken * (this.pageBytes + PAGE_OVERHEAD);
  }

  /** Pages from this number on were never taken. */
  get pagesSeen(): number {
    return this.#fresh;
  }

  /** A page with arbitrary content, or NO_PAGE when the budget is used up. */
  take(): number {
    if (this.#freeCount > 0) {
      this.#taken++;
      return this.#free[--this.#freeCount]!;
    }
    if (this.#fresh === this.maxPages) return NO_PAGE;
    const page = this.#fresh;
    this.#fresh++;
    this.#taken++;
    return page;
  }

  giveBack(page: number): void {
    this.#taken--;
    this.#free[this.#freeCount++] = page;
  }

  /** Takes all pages back at once. */
  reset(): void {
    this.#taken = 0;
    this.#freeCount = 0;
    this.#fresh = 0;
  }
}

function reserve(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    throw new StoreError('OUT_OF_MEMORY', `the system does not grant ${bytes} bytes of memory`);
  }
}
