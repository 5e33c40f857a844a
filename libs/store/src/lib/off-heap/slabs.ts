import { NO_PAGE, UNIT_BYTES, type PagePool } from './pages.ts';

/** Fields of a page's row in the page table: 32 bytes, half a cache line. */
const CLASS = 0;
const LIVE = 1;
/** Index of the first free block in the page, or NIL. */
const FREE = 2;
/** Blocks from here on were never handed out. */
const CARVED = 3;
const GROUP = 4;
const PREVIOUS = 5;
const NEXT = 6;
const ROW_BITS = 3;

const NIL = -1;

/** Pages that have room are listed by how full they are, in quarters; full ones are not listed. */
const GROUPS = 4;
const FULL = GROUPS;
/** So that a full page comes out as 4 and not as 3.999...; all others are further away than this. */
const ROUND_UP = 1 + 2 ** -40;

/** What uses the blocks. */
export interface SlabsHost {
  /** The block at `from` is at `to` now. The first word of a movable block in use is never negative. */
  moved(from: number, to: number): void;
  /** Memory is used up: frees blocks of whatever class. Called again until there is a page. */
  makeRoom(): void;
}

/**
 * Hands out blocks of fixed sizes, each size in pages of its own, and gets pages back by moving blocks together.
 *
 * A slab allocator (Bonwick, 1994) loses memory when the mix of sizes changes: pages stay with a size that few blocks
 * have any more. So blocks can be moved. When the pool has no page left, a class that has a page's worth of free
 * blocks gives up its emptiest page: the blocks in it move into the gaps of its other pages. This is what zsmalloc
 * does for compressed memory in the Linux kernel.
 *
 * What that guarantees: when the budget is used up, each class wastes less than one page in free blocks, so what one
 * size frees is good for any other. Moving is bounded by one page per page gained, and it is only done when a page is
 * asked for; while sizes keep their shares, nothing moves at all.
 *
 * Blocks come from one page until that is full, and then from one of the emptiest (pages are listed by quarters of
 * fullness). What is written together is often evicted together, so most pages run empty by themselves. Filling the
 * fullest page first sounds better and is not: under LRU that is the page whose turn to be evicted has just begun, and
 * each such page was left with a new block in it. Classes named immovable (whoever uses them cannot follow a move)
 * rely on this alone.
 */
export class Slabs {
  readonly #pool: PagePool;
  readonly #words: Int32Array;
  readonly #pageShift: number;
  readonly #sizeUnits: Int32Array;
  readonly #perPage: Int32Array;
  /** `live * groupScale | 0` is the group. */
  readonly #groupScale: Float64Array;
  readonly #movable: Uint8Array;
  /** Blocks of each class that are not in use, in pages that it has. */
  readonly #free: Int32Array;
  /** First page of each class and group. */
  readonly #first: Int32Array;
  readonly #table: Int32Array;
  /** The page that blocks of each class come from at present, or NIL. */
  readonly #current: Int32Array;
  /** Classes that may be able to give up a page; each is listed once. */
  readonly #ripe: Int32Array;
  readonly #isRipe: Uint8Array;
  #ripeCount = 0;
  readonly #host: SlabsHost;

  /**
   * @param sizes bytes of each class, multiples of 8
   * @param immovable how many of the classes, from the first, have blocks that must not move
   */
  constructor(pool: PagePool, sizes: readonly number[], immovable: number, host: SlabsHost) {
    this.#pool = pool;
    this.#words = pool.words;
    this.#pageShift = pool.pageShift;
    this.#host = host;
    this.#sizeUnits = Int32Array.from(sizes, (size) => size / UNIT_BYTES);
    this.#perPage = Int32Array.from(sizes, (size) => Math.floor(pool.pageBytes / size));
    this.#groupScale = Float64Array.from(this.#perPage, (perPage) => (GROUPS / perPage) * ROUND_UP);
    this.#movable = Uint8Array.from(sizes, (_, cls) => (cls < immovable ? 0 : 1));
    this.#free = new Int32Array(sizes.length);
    this.#first = new Int32Array(sizes.length * GROUPS).fill(NIL);
    this.#table = new Int32Array(pool.maxPages << ROW_BITS);
    this.#current = new Int32Array(sizes.length).fill(NIL);
    this.#ripe = new Int32Array(sizes.length);
    this.#isRipe = new Uint8Array(sizes.length);
  }

  /** The address of a block with arbitrary content. Makes room, and may move movable blocks, when memory is short. */
  allocate(cls: number): number {
    let page = this.#current[cls]!;
    while (page === NIL) {
      page = this.#emptiestPage(cls);
      if (page === NIL) page = this.#openPage(cls);
      this.#current[cls] = page;
      if (page !== NIL) break;
      if (!this.#compact()) this.#host.makeRoom();
      page = this.#current[cls]!;
    }
    return this.#takeFrom(page, cls);
  }

  free(address: number): void {
    const table = this.#table;
    const page = address >>> this.#pageShift;
    const row = page << ROW_BITS;
    const cls = table[row + CLASS]!;
    const live = --table[row + LIVE]!;
    this.#free[cls]!++;
    if (live === 0) {
      this.#release(page, cls);
      return;
    }
    const unit = address - (page << this.#pageShift);
    this.#words[address << 1] = linkTo(table[row + FREE]!);
    table[row + FREE] = (unit / this.#sizeUnits[cls]!) | 0;
    this.#regroup(page, row, cls, live);
    if (this.#free[cls]! >= this.#perPage[cls]!) this.#markRipe(cls);
  }

  /** Forgets all blocks; the pool must be reset as well. */
  reset(): void {
    this.#free.fill(0);
    this.#first.fill(NIL);
    this.#current.fill(NIL);
    this.#table.fill(0);
    this.#isRipe.fill(0);
    this.#ripeCount = 0;
  }

  /** The class that a page serves, or NIL while it is free. */
  classOfPage(page: number): number {
    const row = page << ROW_BITS;
    return this.#table[row + LIVE] === 0 ? NIL : this.#table[row + CLASS]!;
  }

  liveInPage(page: number): number {
    return this.#table[(page << ROW_BITS) + LIVE]!;
  }

  /** How many blocks of the page were ever handed out; those lie at its start. */
  carvedInPage(page: number): number {
    return this.#table[(page << ROW_BITS) + CARVED]!;
  }

  freeInClass(cls: number): number {
    return this.#free[cls]!;
  }

  perPage(cls: number): number {
    return this.#perPage[cls]!;
  }

  /** A page of the class that has room: of those in the lowest quarter that there is, any. NIL if there is none. */
  #emptiestPage(cls: number): number {
    if (this.#free[cls] === 0) return NIL;
    let at = cls * GROUPS;
    while (this.#first[at] === NIL) at++;
    return this.#first[at]!;
  }

  #fullestPage(cls: number): number {
    let at = cls * GROUPS + GROUPS - 1;
    while (this.#first[at] === NIL) at--;
    return this.#first[at]!;
  }

  #openPage(cls: number): number {
    const page = this.#pool.take();
    if (page === NO_PAGE) return NIL;
    const table = this.#table;
    const row = page << ROW_BITS;
    table[row + CLASS] = cls;
    table[row + LIVE] = 0;
    table[row + FREE] = NIL;
    table[row + CARVED] = 0;
    this.#free[cls]! += this.#perPage[cls]!;
    this.#link(page, row, cls, 0);
    return page;
  }

  #takeFrom(page: number, cls: number): number {
    const table = this.#table;
    const row = page << ROW_BITS;
    const base = page << this.#pageShift;
    const index = table[row + FREE]!;
    let address: number;
    if (index === NIL) {
      address = base + table[row + CARVED]! * this.#sizeUnits[cls]!;
      table[row + CARVED]!++;
    } else {
      address = base + index * this.#sizeUnits[cls]!;
      table[row + FREE] = linkTo(this.#words[address << 1]!);
    }
    this.#free[cls]!--;
    const live = ++table[row + LIVE]!;
    this.#regroup(page, row, cls, live);
    if (live === this.#perPage[cls] && this.#current[cls] === page) this.#current[cls] = NIL;
    return address;
  }

  #release(page: number, cls: number): void {
    this.#unlink(page << ROW_BITS, cls);
    this.#leave(page, cls);
  }

  #leave(page: number, cls: number): void {
    if (this.#current[cls] === page) this.#current[cls] = NIL;
    this.#free[cls]! -= this.#perPage[cls]!;
    this.#pool.giveBack(page);
  }

  #markRipe(cls: number): void {
    if (this.#movable[cls] === 0 || this.#isRipe[cls] === 1) return;
    this.#isRipe[cls] = 1;
    this.#ripe[this.#ripeCount++] = cls;
  }

  /** Gains a page by moving blocks, if some class can spare one. */
  #compact(): boolean {
    while (this.#ripeCount > 0) {
      const cls = this.#ripe[this.#ripeCount - 1]!;
      if (this.#free[cls]! >= this.#perPage[cls]!) {
        this.#emptyPage(cls);
        return true;
      }
      this.#ripeCount--;
      this.#isRipe[cls] = 0;
    }
    return false;
  }

  /** Moves the blocks of the class's emptiest page into gaps of its other pages. There are enough gaps. */
  #emptyPage(cls: number): void {
    const table = this.#table;
    const size = this.#sizeUnits[cls]!;
    const page = this.#emptiestPage(cls);
    const row = page << ROW_BITS;
    this.#unlink(row, cls);
    table[row + GROUP] = NIL;
    const words = this.#words;
    for (let index = 0; table[row + LIVE]! > 0; index++) {
      const from = (page << this.#pageShift) + index * size;
      const word = from << 1;
      if (words[word]! < 0) continue;
      const to = this.#takeFrom(this.#fullestPage(cls), cls);
      for (let i = 0, at = to << 1; i < size << 1; i++) words[at + i] = words[word + i]!;
      table[row + LIVE]!--;
      this.#free[cls]!++;
      this.#host.moved(from, to);
    }
    this.#leave(page, cls);
  }

  #regroup(page: number, row: number, cls: number, live: number): void {
    const group = (live * this.#groupScale[cls]!) | 0;
    if (group === this.#table[row + GROUP]) return;
    this.#unlink(row, cls);
    this.#link(page, row, cls, group);
  }

  #link(page: number, row: number, cls: number, group: number): void {
    const table = this.#table;
    table[row + GROUP] = group;
    if (group === FULL) return;
    const at = cls * GROUPS + group;
    const next = this.#first[at]!;
    table[row + PREVIOUS] = NIL;
    table[row + NEXT] = next;
    if (next !== NIL) table[(next << ROW_BITS) + PREVIOUS] = page;
    this.#first[at] = page;
  }

  #unlink(row: number, cls: number): void {
    const table = this.#table;
    const group = table[row + GROUP]!;
    if (group === FULL) return;
    const previous = table[row + PREVIOUS]!;
    const next = table[row + NEXT]!;
    if (previous === NIL) this.#first[cls * GROUPS + group] = next;
    else table[(previous << ROW_BITS) + NEXT] = next;
    if (next !== NIL) table[(next << ROW_BITS) + PREVIOUS] = previous;
  }
}

/** A free block's first word: the index of the next one, made negative. Its own inverse. */
function linkTo(index: number): number {
  return -2 - index;
}
