/** Addresses count in units of 8 bytes, so that 31 bits reach 16 GiB. */
export const UNIT_BYTES = 8;
const UNIT_BITS = 3;

/** Memory is taken from the system in arenas of 16 MiB; each has a view per element type. */
const ARENA_BITS = 24;
/** `address >>> ARENA_SHIFT` is the arena, `(address & ARENA_MASK)` the unit in it. */
export const ARENA_SHIFT = ARENA_BITS - UNIT_BITS;
export const ARENA_MASK = (1 << ARENA_SHIFT) - 1;

export const MAX_BUDGET = 2 ** 31 * UNIT_BYTES;

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
 * Pages lie in arenas that are allocated when first needed. Arenas are not returned to the system: what was freed is
 * used again first, so the process takes what the store needed at its fullest, and never more than the budget.
 */
export class PagePool {
  /** One view of each kind per arena, over the same bytes. These arrays only ever get longer. */
  readonly bytes: Uint8Array[] = [];
  readonly words: Int32Array[] = [];
  readonly doubles: Float64Array[] = [];
  readonly pageBytes: number;
  /** `address >>> pageShift` is the page. */
  readonly pageShift: number;
  readonly maxPages: number;
  #taken = 0;
  /** Pages from here on were never used. */
  #fresh = 0;
  readonly #free: Int32Array;
  #freeCount = 0;

  constructor(maxBytes: number) {
    let pageBytes = MIN_PAGE_BYTES;
    while (pageBytes < MAX_PAGE_BYTES && pageBytes * PAGES_PER_BUDGET < maxBytes) pageBytes *= 2;
    this.pageBytes = pageBytes;
    this.pageShift = Math.log2(pageBytes) - UNIT_BITS;
    this.maxPages = Math.floor(maxBytes / (pageBytes + PAGE_OVERHEAD));
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
    if ((page << this.pageShift) >>> ARENA_SHIFT === this.words.length) this.#addArena();
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

  #addArena(): void {
    const bytesLeft = this.maxPages * this.pageBytes - this.words.length * 2 ** ARENA_BITS;
    const buffer = new ArrayBuffer(Math.min(bytesLeft, 2 ** ARENA_BITS));
    this.bytes.push(new Uint8Array(buffer));
    this.words.push(new Int32Array(buffer));
    this.doubles.push(new Float64Array(buffer));
  }
}
