import { UNIT_BYTES } from './pages.ts';

/** Below this, a class for each multiple of 8 bytes. */
const FINE_LIMIT = 128;
/** Above, the next class is at most this much larger than the size that just missed the last one. */
const STEP = 1 / 16;
/** The largest class: this part of a page, so that classes can follow each other closely; more on small pages. */
const LARGEST = 1 / 16;
const SMALL_LARGEST = 512;

/**
 * The sizes in which blocks are handed out.
 *
 * Two kinds of waste work against each other: within a block (the request is smaller than its class) and at the end
 * of a page (a page is not a multiple of the class). Above 128 bytes a class is therefore made from the page: the
 * largest multiple of 8 of which as many fit. Then the end of a page is never worth a block's growth, and together
 * they stay below some 1/16.
 */
export class SizeClasses {
  /** Bytes of each class, ascending. */
  readonly sizes: readonly number[];
  readonly largest: number;
  readonly #classOfUnits: Uint8Array;

  constructor(pageBytes: number) {
    const largest = Math.min(pageBytes / 4, Math.max(SMALL_LARGEST, pageBytes * LARGEST));
    const sizes: number[] = [];
    let size = UNIT_BYTES;
    while (size <= largest) {
      if (size > FINE_LIMIT) {
        const perPage = Math.floor(pageBytes / size);
        size = Math.floor(pageBytes / perPage / UNIT_BYTES) * UNIT_BYTES;
      }
      sizes.push(size);
      const last = size;
      size = size < FINE_LIMIT ? size + UNIT_BYTES : Math.ceil((size * (1 + STEP)) / UNIT_BYTES) * UNIT_BYTES;
      if (size > largest && last < largest) size = largest;
    }
    this.sizes = sizes;
    this.largest = largest;
    this.#classOfUnits = new Uint8Array(largest / UNIT_BYTES + 1);
    for (let units = 0, cls = 0; units < this.#classOfUnits.length; units++) {
      while (sizes[cls]! < units * UNIT_BYTES) cls++;
      this.#classOfUnits[units] = cls;
    }
  }

  /** Bytes of the block in which so many bytes are stored. @param bytes at most `largest` */
  roundUp(bytes: number): number {
    return this.sizes[this.classOf(bytes)]!;
  }

  /** The smallest class that holds so many bytes. @param bytes at most `largest` */
  classOf(bytes: number): number {
    return this.#classOfUnits[(bytes + UNIT_BYTES - 1) >>> 3]!;
  }
}
