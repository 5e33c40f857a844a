import { MAX_PREPARED, NONE } from '../store.ts';
import type { EvictionPolicy } from './eviction-policy.ts';
import type { HashIndex } from './hash-index.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { DATA, type Records } from './records.ts';
import type { Payloads } from './payloads.ts';

/**
 * What is known of the next lookups: their hashes, and the entries that they will probably find.
 *
 * **Why.** A lookup reads a cell of the index, then the record that this names, then the key that the record names:
 * three places all over the memory, each known only when the one before has arrived. A store of many entries does not
 * fit into the processor's caches, so a lookup mostly waits. But a processor waits for many places at once if it knows
 * them. So the steps are taken for all keys of a batch together: all hashes, all cells, all records, all keys and
 * neighbours in the recency list. When the commands are then carried out one by one, all of that is in the cache.
 *
 * **What may happen in between.** The hash of a key stays what it is. An entry stays the key's as long as none is
 * removed ({@link forgetEntries}); one that was added later is simply not known here.
 */
export class Lookahead {
  readonly #hash: KeyedHash;
  readonly #index: HashIndex;
  readonly #records: Records;
  readonly #payloads: Payloads;
  readonly #policy: EvictionPolicy;

  #keys: Uint8Array | undefined;
  readonly #starts = new Int32Array(MAX_PREPARED);
  readonly #hashes = new Int32Array(MAX_PREPARED);
  readonly #entries = new Int32Array(MAX_PREPARED);
  #count = 0;
  #next = 0;
  /** What was read on the way. Kept only so that the reading is not optimized away. */
  touched = 0;

  constructor(
    hash: KeyedHash,
    index: HashIndex,
    records: Records,
    payloads: Payloads,
    policy: EvictionPolicy,
  ) {
    this.#hash = hash;
    this.#index = index;
    this.#records = records;
    this.#payloads = payloads;
    this.#policy = policy;
  }

  /** Prepares lookups of these keys, in this order; `keys` must not change until they are done, or `forget`. */
  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    const hashes = this.#hashes;
    const entries = this.#entries;
    for (let i = 0; i < count; i++) {
      this.#starts[i] = starts[i]!;
      hashes[i] = this.#hash.of(keys, starts[i]!, ends[i]!);
    }
    let touched = this.#index.guess(hashes, entries, count);
    const records = this.#records;
    for (let i = 0; i < count; i++) {
      const entry = entries[i]!;
      if (entry !== NONE) touched ^= records.get(entry, DATA);
    }
    for (let i = 0; i < count; i++) {
      const entry = entries[i]!;
      if (entry === NONE) continue;
      touched ^= this.#payloads.header(entry);
      touched ^= this.#policy.prepare(entry);
    }
    this.touched = touched;
    this.#keys = keys;
    this.#count = count;
    this.#next = 0;
  }

  forget(): void {
    this.#keys = undefined;
    this.#count = 0;
  }

  /** Entries may have another key now, or none. */
  forgetEntries(): void {
    if (this.#next < this.#count) this.#entries.fill(NONE, this.#next, this.#count);
  }

  /** Which of the prepared keys starts here, or -1. To be asked in their order. */
  find(keys: Uint8Array, start: number): number {
    if (keys !== this.#keys) return -1;
    while (this.#next < this.#count && this.#starts[this.#next]! < start) this.#next++;
    return this.#next < this.#count && this.#starts[this.#next] === start ? this.#next : -1;
  }

  hash(i: number): number {
    return this.#hashes[i]!;
  }

  /** The entry that the key probably has, or NONE when nothing is known. */
  entry(i: number): number {
    return this.#entries[i]!;
  }
}
