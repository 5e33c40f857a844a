import { NONE } from '../store.ts';
import { EntryRing } from './entry-ring.ts';
import { EvictionPolicy } from './eviction-policy.ts';
import type { PagePool } from './pages.ts';
import { recordAt } from './records.ts';

/**
 * Which entry to evict: exactly the least recently used one of the whole store.
 *
 * A doubly linked list whose links lie in the records, so an entry costs 8 bytes and no node. A use relinks three
 * records at most, in constant time.
 */
export class LruList extends EvictionPolicy {
  readonly #ring: EntryRing;

  constructor(pool: PagePool) {
    super();
    this.#ring = new EntryRing(pool, recordAt(pool.spare));
  }

  /** A new entry, now the most recently used one. */
  add(entry: number): void {
    this.#ring.add(entry);
  }

  remove(entry: number): void {
    this.#ring.remove(entry);
  }

  /** An entry was used. */
  touch(entry: number): void {
    const ring = this.#ring;
    if (entry === ring.newest) return;
    ring.remove(entry);
    ring.add(entry);
  }

  /** A use relinks the neighbours. */
  prepare(entry: number): number {
    const ring = this.#ring;
    return ring.olderThan(ring.newerThan(entry)) + ring.newerThan(ring.olderThan(entry));
  }

  /** The entry to evict: the least recently used one that is not `keep`. NONE when there is no other. */
  victim(keep: number): number {
    const ring = this.#ring;
    let entry = ring.oldest;
    if (entry === keep) entry = ring.newerThan(entry);
    return entry === ring.end ? NONE : entry;
  }

  grown(): void {
    // The order of use is all that counts.
  }

  /** Not counted. */
  frequency(): number {
    return NONE;
  }

  reset(): void {
    this.#ring.reset();
  }
}
