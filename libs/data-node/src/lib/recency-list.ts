import { NONE } from './store.ts';
import { enlarged } from './typed-arrays.ts';

/**
 * Entries from the most to the least recently used: a doubly linked list whose links lie in two typed arrays, indexed
 * by entry number. Every operation is constant time and allocates nothing.
 */
export class RecencyList {
  /** The most recently used entry, or NONE. */
  first = NONE;
  /** The least recently used entry, or NONE. */
  last = NONE;
  /** Towards `last`. */
  #next: Int32Array;
  /** Towards `first`. */
  #previous: Int32Array;

  constructor(capacity: number) {
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
  }

  grow(capacity: number): void {
    this.#next = enlarged(this.#next, capacity);
    this.#previous = enlarged(this.#previous, capacity);
  }

  /** Puts an entry that is not in the list in front. */
  add(entry: number): void {
    this.#previous[entry] = NONE;
    this.#next[entry] = this.first;
    if (this.first === NONE) this.last = entry;
    else this.#previous[this.first] = entry;
    this.first = entry;
  }

  remove(entry: number): void {
    const previous = this.#previous[entry]!;
    const next = this.#next[entry]!;
    if (previous === NONE) this.first = next;
    else this.#next[previous] = next;
    if (next === NONE) this.last = previous;
    else this.#previous[next] = previous;
  }

  moveToFront(entry: number): void {
    if (entry === this.first) return;
    this.remove(entry);
    this.add(entry);
  }
}
