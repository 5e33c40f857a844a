import { NONE } from '../store.ts';
import { EvictionPolicy } from './eviction-policy.ts';
import type { PagePool } from './pages.ts';
import { NEWER, OLDER } from './records.ts';

/**
 * Which entry to evict: exactly the least recently used one of the whole store.
 *
 * A doubly linked list whose links lie in the records, so an entry costs 8 bytes and no node. A use relinks three
 * records at most, in constant time.
 */
export class LruList extends EvictionPolicy {
  /** The most and the least recently used entry, or NONE. */
  newest: number = NONE;
  oldest: number = NONE;
  readonly #words: Int32Array;

  constructor(pool: PagePool) {
    super();
    this.#words = pool.words;
  }

  /** A new entry, now the most recently used one. */
  add(entry: number): void {
    const words = this.#words;
    const at = entry << 3;
    const newest = this.newest;
    words[at + NEWER] = NONE;
    words[at + OLDER] = newest;
    if (newest === NONE) this.oldest = entry;
    else words[(newest << 3) + NEWER] = entry;
    this.newest = entry;
  }

  remove(entry: number): void {
    const words = this.#words;
    const at = entry << 3;
    const newer = words[at + NEWER]!;
    const older = words[at + OLDER]!;
    if (newer === NONE) this.newest = older;
    else words[(newer << 3) + OLDER] = older;
    if (older === NONE) this.oldest = newer;
    else words[(older << 3) + NEWER] = newer;
  }

  /** An entry was used. */
  touch(entry: number): void {
    if (entry === this.newest) return;
    this.remove(entry);
    this.add(entry);
  }

  /** A use relinks the neighbours. */
  prepare(entry: number): number {
    const words = this.#words;
    const at = entry << 3;
    const newer = words[at + NEWER]!;
    const older = words[at + OLDER]!;
    let read = 0;
    if (newer !== NONE) read += words[(newer << 3) + OLDER]!;
    if (older !== NONE) read += words[(older << 3) + NEWER]!;
    return read;
  }

  /** The entry to evict: the least recently used one that is not `keep`. NONE when there is no other. */
  victim(keep: number): number {
    const { oldest } = this;
    if (oldest !== keep || oldest === NONE) return oldest;
    return this.#words[(oldest << 3) + NEWER]!;
  }

  grown(): void {
    // The order of use is all that counts.
  }

  /** Not counted. */
  frequency(): number {
    return NONE;
  }

  reset(): void {
    this.newest = NONE;
    this.oldest = NONE;
  }
}
