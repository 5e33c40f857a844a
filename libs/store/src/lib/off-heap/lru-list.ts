import { NONE } from '../store.ts';
import { EntryRing } from './entry-ring.ts';
import { EvictionPolicy } from './eviction-policy.ts';
import { SPARE_RECORDS } from './memory.ts';
import type { PagePool } from './pages.ts';
import { recordAt } from './records.ts';
import { TimeMarks } from './time-marks.ts';

/**
 * Which entry to evict: exactly the least recently used one of the whole store.
 *
 * A doubly linked list whose links lie in the records, so an entry costs 8 bytes and no node. A use relinks three
 * records at most, in constant time. Among the entries are marks with times ({@link TimeMarks}).
 */
export class LruList extends EvictionPolicy {
  readonly #ring: EntryRing;
  readonly #marks: TimeMarks;

  constructor(pool: PagePool) {
    super();
    const spare = recordAt(pool.spare);
    this.#ring = new EntryRing(pool, spare);
    this.#marks = new TimeMarks(pool, this.#ring, spare + 1, SPARE_RECORDS - 1);
  }

  tick(now: number): void {
    this.#marks.tick(now);
  }

  /** A new entry, now the most recently used one. */
  add(entry: number): void {
    this.#ring.add(entry);
    this.#marks.uses++;
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
    this.#marks.uses++;
  }

  /** A use relinks the neighbours. */
  prepare(entry: number): number {
    const ring = this.#ring;
    return ring.olderThan(ring.newerThan(entry)) + ring.newerThan(ring.olderThan(entry));
  }

  /** The entry to evict: the least recently used one that is not `keep`. NONE when there is no other. */
  victim(keep: number): number {
    const ring = this.#ring;
    this.#marks.trim();
    let entry = ring.oldest;
    while (entry === keep || this.#marks.has(entry)) entry = ring.newerThan(entry);
    return entry === ring.end ? NONE : entry;
  }

  grown(): void {
    // The order of use is all that counts.
  }

  /** Not counted. */
  frequency(): number {
    return NONE;
  }

  idleTime(entry: number, now: number): number {
    return this.#marks.idleTime(entry, now);
  }

  reset(): void {
    this.#ring.reset();
    this.#marks.reset();
  }
}
