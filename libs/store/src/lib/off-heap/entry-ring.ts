import type { PagePool } from './pages.ts';
import { NEWER, OLDER } from './records.ts';

/**
 * Entries in order, from oldest to newest, linked through their records into a ring. It is closed by a record that is no
 * entry, so that every entry has a neighbour on either side, and nothing asks whether it is the first or the last.
 */
export class EntryRing {
  /** What closes the ring: newer than the newest, older than the oldest. */
  readonly end: number;
  readonly #words: Int32Array;

  constructor(pool: PagePool, end: number) {
    this.#words = pool.words;
    this.end = end;
    this.reset();
  }

  /** The newest element, or `end`. */
  get newest(): number {
    return this.olderThan(this.end);
  }

  /** The oldest element, or `end`. */
  get oldest(): number {
    return this.newerThan(this.end);
  }

  newerThan(element: number): number {
    return this.#words[(element << 3) + NEWER]!;
  }

  olderThan(element: number): number {
    return this.#words[(element << 3) + OLDER]!;
  }

  /** A new element, now the newest. */
  add(element: number): void {
    const words = this.#words;
    const at = element << 3;
    const { end } = this;
    const newest = words[(end << 3) + OLDER]!;
    words[at + NEWER] = end;
    words[at + OLDER] = newest;
    words[(newest << 3) + NEWER] = element;
    words[(end << 3) + OLDER] = element;
  }

  remove(element: number): void {
    const words = this.#words;
    const at = element << 3;
    const newer = words[at + NEWER]!;
    const older = words[at + OLDER]!;
    words[(newer << 3) + OLDER] = older;
    words[(older << 3) + NEWER] = newer;
  }

  reset(): void {
    this.#words[(this.end << 3) + NEWER] = this.end;
    this.#words[(this.end << 3) + OLDER] = this.end;
  }
}
