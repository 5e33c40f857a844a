import { NONE } from '../store.ts';
import { EntryQueue, NIL } from './entry-queue.ts';
import { EvictionPolicy } from './eviction-policy.ts';
import { Ghosts } from './ghosts.ts';
import type { Memory } from './memory.ts';
import { KEY_AND_SLOT, NEWER, OLDER, RECORD_BYTES, type Records } from './records.ts';
import { CHANCE, MAX_USES } from './shape.ts';
import { NOTHING, rarityOf, Tuner } from './tuner.ts';

/** Above the link in NEWER: uses since the entry came to its place in the queue, up to MAX_USES. */
const USES_SHIFT = 29;
const ONE_USE = 1 << USES_SHIFT;
const LINK = ONE_USE - 1;
/** Above the link in OLDER: how rare the key's hash is. */
const RARITY_SHIFT = 29;
/** In KEY_AND_SLOT: the entry is in the main queue. */
const IN_MAIN = 1 << 31;

/** Bytes of an entry beside key and value: record, cell of the index, block header. */
const ENTRY_OVERHEAD = RECORD_BYTES + 16;

/** Entries that are looked at for one eviction; then the next one goes, however often it was used. */
const MAX_STEPS = 64;
/** Entries that move on when one comes in while the store has room. */
const MAX_MOVES = 4;
/** The store has room when it weighs less than this share of what it weighed when it last was full. */
const ROOM = 0.95;

/**
 * Evicts what is not used again, whatever the workload: scans and keys that are used once pass through, loops longer than
 * the store keep a part of it, and where recent use is all that counts it behaves much like LRU.
 *
 * **Two queues**, as in 2Q (Johnson and Shasha, 1994) and S3-FIFO (Yang et al., 2023). A new entry goes into the
 * *window*. At its end, it is taken over into the *main* queue if it was used, and evicted otherwise; the hash of its
 * key is remembered for a while ({@link Ghosts}), and if it comes back in that time it goes to the main queue at once. At
 * the end of the main queue an entry takes another round for each of its uses (CLOCK with a counter) before it goes.
 * A use only counts up in the entry's record, in the cache line that the lookup has just read: less than what LRU does.
 *
 * **Self-tuning.** What share the window should have, what earns a place in the main queue and how long to remember
 * depends on the workload, and no fixed choice is good for all. {@link Tuner} tries several choices at small scale on a sample
 * of the keys. A change of shape moves nothing at once: the queues follow as entries come and go.
 *
 * The window's share is one of bytes, not of entries: memory is what is being divided, and with shares of entries a tenth
 * of large ones that are used once would fill nearly all of it.
 *
 * **Costs.** 7 spare bits of the record; 4 bytes an entry for what is remembered, out of the budget; 0.6 MiB for the
 * tuner beside it. An eviction looks at 64 entries at most, which bounds it where CLOCK may go round the whole queue.
 */
export class AdaptivePolicy extends EvictionPolicy {
  readonly #words: Int32Array;
  readonly #records: Records;
  readonly #hashOf: (entry: number) => number;
  readonly #window: EntryQueue;
  readonly #main: EntryQueue;
  readonly #ghosts: Ghosts;
  readonly #tuner = new Tuner();
  #entries = 0;
  /** Weight of the store when something was last evicted. */
  #fullWeight = Infinity;
  /** The last victim, if it came from the window. */
  #rejected: number = NONE;
  #random = 1;

  /** @param hashOf hashes the key of an entry */
  constructor(memory: Memory, hashOf: (entry: number) => number) {
    super();
    this.#words = memory.pool.words;
    this.#records = memory.records;
    this.#hashOf = hashOf;
    this.#window = new EntryQueue(this.#words);
    this.#main = new EntryQueue(this.#words);
    this.#ghosts = new Ghosts(memory);
  }

  /** Bytes of all entries in the queues, as the policy counts them. */
  get weight(): number {
    return this.#window.weight + this.#main.weight;
  }

  tick(): void {
    // The order in which things happen is all that counts.
  }

  add(entry: number, hash: number): void {
    this.#entries++;
    if (this.#ghosts.entries < this.#entries) this.#ghosts.grow();
    const rarity = rarityOf(hash);
    if (rarity >= this.#tuner.sampling) this.#tuner.access(hash, this.#entries);
    const words = this.#words;
    const at = entry << 3;
    words[at + NEWER] = 0;
    words[at + OLDER] = rarity << RARITY_SHIFT;
    if (this.#ghosts.has(hash, this.#tuner.shape.reach)) {
      words[at + KEY_AND_SLOT]! |= IN_MAIN;
      this.#enter(this.#main, entry);
    } else {
      this.#enter(this.#window, entry);
    }
    if (this.weight < ROOM * this.#fullWeight) this.#fillMain(entry);
  }

  touch(entry: number): void {
    const words = this.#words;
    const at = entry << 3;
    const newer = words[at + NEWER]!;
    if (newer >>> USES_SHIFT < MAX_USES) words[at + NEWER] = newer + ONE_USE;
    if (words[at + OLDER]! >>> RARITY_SHIFT >= this.#tuner.sampling) {
      this.#tuner.access(this.#hashOf(entry), this.#entries);
    }
  }

  /** A use only counts up in the record. */
  prepare(): number {
    return 0;
  }

  grown(entry: number, bytes: number): void {
    this.#queueOf(entry).weight += bytes;
  }

  remove(entry: number, hash: number): void {
    this.#entries--;
    this.#leave(this.#queueOf(entry), entry);
    if (entry === this.#rejected) this.#ghosts.add(hash);
    this.#rejected = NONE;
    this.#ghosts.fit(this.#entries);
  }

  victim(keep: number): number {
    this.#fullWeight = this.weight;
    if (this.#tuner.sampling === NOTHING) this.#tuner.start(this.#entries);
    const { window, uses } = this.#tuner.shape;
    for (let step = 1; ; step++) {
      let queue = this.#windowIsFull(window * this.weight) ? this.#window : this.#main;
      let entry = oldestBut(keep, queue);
      if (entry === NIL) {
        queue = queue === this.#main ? this.#window : this.#main;
        entry = oldestBut(keep, queue);
        if (entry === NIL) return NONE;
      }
      const inWindow = queue === this.#window;
      const used = this.frequency(entry);
      const stays = inWindow ? used >= uses || this.#chance() : used > 0;
      if (!stays || step === MAX_STEPS) {
        this.#rejected = inWindow ? entry : NONE;
        return entry;
      }
      if (inWindow) this.#takeOver(entry);
      else this.#anotherRound(entry);
    }
  }

  frequency(entry: number): number {
    return this.#records.get(entry, NEWER) >>> USES_SHIFT;
  }

  /** A use leaves no time behind. */
  idleTime(): number {
    return NONE;
  }

  reset(): void {
    this.#window.reset();
    this.#main.reset();
    this.#ghosts.reset();
    this.#tuner.reset();
    this.#entries = 0;
    this.#fullWeight = Infinity;
    this.#rejected = NONE;
  }

  /** While there is room, what the window has no room for stays without having been used. */
  #fillMain(added: number): void {
    for (let moves = 0; moves < MAX_MOVES; moves++) {
      const { oldest } = this.#window;
      if (oldest === NIL || oldest === added) return;
      if (this.#window.weight <= this.#tuner.shape.window * this.weight) return;
      this.#takeOver(oldest);
    }
  }

  /** From the window to the main queue, where uses count from 0. */
  #takeOver(entry: number): void {
    this.#leave(this.#window, entry);
    const words = this.#words;
    const at = entry << 3;
    words[at + NEWER]! &= LINK;
    words[at + KEY_AND_SLOT]! |= IN_MAIN;
    this.#enter(this.#main, entry);
  }

  /** Through the main queue once more, for one of its uses. */
  #anotherRound(entry: number): void {
    this.#main.remove(entry);
    this.#words[(entry << 3) + NEWER]! -= ONE_USE;
    this.#main.push(entry);
  }

  /** Whether the window would exceed its share with one entry more, like the one that is next to leave. */
  #windowIsFull(share: number): boolean {
    const { oldest, weight } = this.#window;
    return oldest !== NIL && weight + this.#weightOf(oldest) > share;
  }

  #weightOf(entry: number): number {
    return this.#records.payloadLength(entry) + ENTRY_OVERHEAD;
  }

  #enter(queue: EntryQueue, entry: number): void {
    queue.push(entry);
    queue.weight += this.#weightOf(entry);
  }

  #leave(queue: EntryQueue, entry: number): void {
    queue.remove(entry);
    queue.weight -= this.#weightOf(entry);
  }

  #queueOf(entry: number): EntryQueue {
    return this.#records.get(entry, KEY_AND_SLOT) < 0 ? this.#main : this.#window;
  }

  #chance(): boolean {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random < 2 ** 32 / CHANCE;
  }
}

function oldestBut(keep: number, queue: EntryQueue): number {
  return queue.oldest === keep ? queue.newerThan(keep) : queue.oldest;
}
