import { enlarged } from './typed-arrays.ts';

/**
 * Hands out entry numbers and takes them back, and can name the nth one in use.
 *
 * A sparse set (Briggs and Torczon, 1993): `dense` is a permutation of all numbers in which those in use come first,
 * and `rank` is its inverse. Taking a number moves the border up; returning one swaps it with the last in use. All
 * in constant time, and because those in use lie side by side, a uniform choice is one array read.
 */
export class EntryNumbers {
  /** How many numbers are in use. */
  count = 0;
  #dense: Int32Array;
  #rank: Int32Array;

  constructor(capacity: number) {
    this.#dense = new Int32Array(capacity);
    this.#rank = new Int32Array(capacity);
    this.#fill(0);
  }

  get capacity(): number {
    return this.#dense.length;
  }

  grow(capacity: number): void {
    const before = this.capacity;
    this.#dense = enlarged(this.#dense, capacity);
    this.#rank = enlarged(this.#rank, capacity);
    this.#fill(before);
  }

  /** A number that is not in use. The caller has made sure that there is one. */
  take(): number {
    return this.#dense[this.count++]!;
  }

  giveBack(entry: number): void {
    const border = --this.count;
    const rank = this.#rank[entry]!;
    const last = this.#dense[border]!;
    this.#dense[rank] = last;
    this.#rank[last] = rank;
    this.#dense[border] = entry;
    this.#rank[entry] = border;
  }

  inUse(entry: number): boolean {
    return this.#rank[entry]! < this.count;
  }

  /** The number in use at `rank`, from 0 to `count - 1`; the order is arbitrary. */
  at(rank: number): number {
    return this.#dense[rank]!;
  }

  #fill(from: number): void {
    for (let entry = from; entry < this.capacity; entry++) {
      this.#dense[entry] = entry;
      this.#rank[entry] = entry;
    }
  }
}
