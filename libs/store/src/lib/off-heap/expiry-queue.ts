import { NONE } from '../store.ts';
import type { Memory } from './memory.ts';
import { EXPIRY, type Records } from './records.ts';
import type { Slabs } from './slabs.ts';

/** A node: the time as a double, the entry, 4 bytes unused. */
export const NODE_BYTES = 16;
/** The root lies behind three unused places, so that four siblings share one cache line. */
const ROOT = 3;
const INITIAL_CHUNKS = 16;
/** So many times tell the mean of all. */
const SAMPLES = 256;

/**
 * When entries expire, soonest first: a 4-ary heap in blocks of the store's pages. An entry without expiry is not in it
 * and costs nothing.
 *
 * The record of an entry knows its place in the heap, so a time can be changed or taken away at once and no stale node
 * is ever left. Four children instead of two halve the depth, and they are compared within one cache line. Renewing
 * the same time to live, which is what caches do, is cheap: the new time is the latest, and most places are leaves.
 */
export class ExpiryQueue {
  /** How many entries have a time. */
  count = 0;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #slabs: Slabs;
  readonly #records: Records;
  readonly #cls: number;
  /** `place >>> chunkShift` is the chunk. */
  readonly #chunkShift: number;
  #chunks = new Int32Array(INITIAL_CHUNKS);
  #chunkCount = 0;

  constructor(memory: Memory) {
    this.#words = memory.pool.words;
    this.#doubles = memory.pool.doubles;
    this.#slabs = memory.slabs;
    this.#records = memory.records;
    this.#cls = memory.tableClass;
    this.#chunkShift = Math.log2(memory.tableBytes / NODE_BYTES);
  }

  /** The entry that expires first, or NONE. */
  get first(): number {
    return this.count === 0 ? NONE : this.#entryAt(ROOT);
  }

  /** When the first one expires; Infinity when none will. */
  get firstTime(): number {
    return this.count === 0 ? Infinity : this.#timeAt(ROOT);
  }

  /**
   * An entry whose time has come, or NONE. The last of the heap if it is one, which leaves without a move: so it costs
   * little when a great many go together, and they are most of the heap.
   */
  due(now: number): number {
    if (this.firstTime > now) return NONE;
    const last = ROOT + this.count - 1;
    return this.#entryAt(this.#timeAt(last) <= now ? last : ROOT);
  }

  /** The mean of all times, from evenly spread places of the heap when there are many; 0 when there are none. */
  meanTime(): number {
    const samples = Math.min(this.count, SAMPLES);
    let mean = 0;
    for (let i = 0; i < samples; i++) {
      const place = ROOT + Math.floor(((i + 0.5) * this.count) / samples);
      mean += (this.#timeAt(place) - mean) / (i + 1);
    }
    return mean;
  }

  /** When the entry expires; 0 for never. */
  timeOf(entry: number): number {
    const place = this.#records.get(entry, EXPIRY);
    return place === 0 ? 0 : this.#timeAt(place - 1);
  }

  /** Sets, changes or (0) takes away the entry's time. May make room, though not by removing an entry being written. */
  set(entry: number, time: number): void {
    if (time === 0) {
      this.remove(entry);
      return;
    }
    if (this.#records.get(entry, EXPIRY) === 0) {
      this.#reserve();
      this.#siftUp(ROOT + this.count++, entry, time);
    } else {
      this.#settle(this.#records.get(entry, EXPIRY) - 1, entry, time);
    }
  }

  /** Takes the entry's time away, if it has one. */
  remove(entry: number): void {
    const place = this.#records.get(entry, EXPIRY) - 1;
    if (place < 0) return;
    this.#records.set(entry, EXPIRY, 0);
    const last = ROOT + --this.count;
    if (place !== last) this.#settle(place, this.#entryAt(last), this.#timeAt(last));
    this.#shrink();
  }

  /** Forgets everything; the slabs must be reset as well. */
  reset(): void {
    this.count = 0;
    this.#chunkCount = 0;
  }

  /** Puts a node into a place that is free or its own, then restores the order above or below. */
  #settle(place: number, entry: number, time: number): void {
    if (place > ROOT && time < this.#timeAt(parentOf(place))) this.#siftUp(place, entry, time);
    else this.#siftDown(place, entry, time);
  }

  #siftUp(from: number, entry: number, time: number): void {
    let place = from;
    while (place > ROOT) {
      const parent = parentOf(place);
      const parentTime = this.#timeAt(parent);
      if (parentTime <= time) break;
      this.#write(place, this.#entryAt(parent), parentTime);
      place = parent;
    }
    this.#write(place, entry, time);
  }

  #siftDown(from: number, entry: number, time: number): void {
    const end = ROOT + this.count;
    let place = from;
    for (;;) {
      const firstChild = (place - ROOT) * 4 + 1 + ROOT;
      if (firstChild >= end) break;
      let child = firstChild;
      let childTime = this.#timeAt(child);
      for (let other = firstChild + 1; other < firstChild + 4 && other < end; other++) {
        const otherTime = this.#timeAt(other);
        if (otherTime < childTime) {
          child = other;
          childTime = otherTime;
        }
      }
      if (time <= childTime) break;
      this.#write(place, this.#entryAt(child), childTime);
      place = child;
    }
    this.#write(place, entry, time);
  }

  #address(place: number): number {
    const chunk = this.#chunks[place >>> this.#chunkShift]!;
    return chunk + ((place & ((1 << this.#chunkShift) - 1)) << 1);
  }

  #timeAt(place: number): number {
    const address = this.#address(place);
    return this.#doubles[address]!;
  }

  #entryAt(place: number): number {
    const address = this.#address(place);
    return this.#words[(address << 1) + 2]!;
  }

  #write(place: number, entry: number, time: number): void {
    const address = this.#address(place);
    this.#doubles[address] = time;
    this.#words[(address << 1) + 2] = entry;
    this.#records.set(entry, EXPIRY, place + 1);
  }

  /** Makes sure that there is a place for one more. */
  #reserve(): void {
    if (ROOT + this.count < this.#chunkCount << this.#chunkShift) return;
    // Allocating may evict and so shorten the heap: only then look at where the chunk goes.
    const chunk = this.#slabs.allocate(this.#cls);
    if (this.#chunkCount === this.#chunks.length) {
      const chunks = new Int32Array(this.#chunks.length * 2);
      chunks.set(this.#chunks);
      this.#chunks = chunks;
    }
    this.#chunks[this.#chunkCount++] = chunk;
  }

  #shrink(): void {
    const needed = this.count === 0 ? 0 : ((ROOT + this.count - 1) >>> this.#chunkShift) + 1;
    while (this.#chunkCount > needed) this.#slabs.free(this.#chunks[--this.#chunkCount]!);
  }
}

function parentOf(place: number): number {
  return ((place - ROOT - 1) >>> 2) + ROOT;
}
