import type { Memory } from './memory.ts';
import { MAX_REACH } from './shape.ts';
import type { Slabs } from './slabs.ts';

/** A row is one cache line: 32 fingerprints of 16 bits, two in a word, the newest in the low half of the first. */
const ROW_WORD_BITS = 4;
const ROW_WORDS = 1 << ROW_WORD_BITS;
const PER_WORD = 2;

const WORD_BYTES = 4;

/**
 * Remembers which keys were evicted not long ago, in 4 bytes for each entry of the store.
 *
 * A key belongs to a row of 32 fingerprints, where it goes in at the front and pushes the last one out. So nothing is
 * searched, linked or timed: a fingerprint in the middle of its row is as old as the half of the table. That is as
 * exact as random rows are equally busy (some 18 % off, typically), and one absent key in 2,000 is taken for a present
 * one: good enough for a hint.
 *
 * The table grows with the store by one block at a time, as in linear hashing (Litwin, 1980): of 2^k + i blocks, the
 * first i have been split. They and their new halves see half as many keys as the others, and so look back up to twice
 * as far. A split copies the block whole; what belongs to the other half is never looked up there, and is pushed out in
 * time.
 */
export class Ghosts {
  readonly #words: Int32Array;
  readonly #slabs: Slabs;
  readonly #cls: number;
  readonly #blockWords: number;
  readonly #rowMask: number;
  /** Addresses of the blocks. */
  readonly #blocks: number[] = [];
  /** All ones, and no less than the number of the last block. */
  #mask = 0;

  constructor(memory: Memory) {
    this.#words = memory.pool.words;
    this.#slabs = memory.slabs;
    this.#cls = memory.tableClass;
    this.#blockWords = memory.tableBytes / WORD_BYTES;
    this.#rowMask = (this.#blockWords >>> ROW_WORD_BITS) - 1;
  }

  /** Entries of the store for which one block is enough. */
  get entriesPerBlock(): number {
    return (this.#blockWords * PER_WORD) / MAX_REACH;
  }

  /** Entries of the store for which it is large enough. */
  get entries(): number {
    return this.#blocks.length * this.entriesPerBlock;
  }

  /** Whether the key was probably evicted within the last evictions. @param reach how many, per entry of the store */
  has(hash: number, reach: number): boolean {
    if (this.#blocks.length === 0) return false;
    const address = this.#blockOf(hash);
    const words = this.#words;
    const row = this.#rowOf(address, hash);
    const fingerprint = fingerprintOf(hash);
    for (let at = row, end = row + (ROW_WORDS * reach) / MAX_REACH; at < end; at++) {
      const word = words[at]!;
      if ((word & 0xffff) === fingerprint || word >>> 16 === fingerprint) return true;
    }
    return false;
  }

  add(hash: number): void {
    if (this.#blocks.length === 0) return;
    const address = this.#blockOf(hash);
    const words = this.#words;
    const row = this.#rowOf(address, hash);
    let pushed = fingerprintOf(hash);
    for (let at = row; at < row + ROW_WORDS; at++) {
      const word = words[at]!;
      words[at] = (word << 16) | pushed;
      pushed = word >>> 16;
    }
  }

  /** Makes room for one block more, which may evict entries. */
  grow(): void {
    const address = this.#slabs.allocate(this.#cls);
    // Only now, because room may have been made by giving up blocks.
    const count = this.#blocks.length;
    const words = this.#words;
    const target = address << 1;
    if (count > this.#mask) this.#mask = (this.#mask << 1) | 1;
    if (count === 0) {
      words.fill(0, target, target + this.#blockWords);
    } else {
      const from = this.#blocks[count & (this.#mask >>> 1)]!;
      const start = from << 1;
      for (let i = 0; i < this.#blockWords; i++) words[target + i] = words[start + i]!;
    }
    this.#blocks.push(address);
  }

  /** Gives up blocks that a store of so many entries does not need, except one, so as not to do so all the time. */
  fit(entries: number): void {
    while (this.entries >= entries + (entries === 0 ? 1 : 2 * this.entriesPerBlock)) {
      const block = this.#blocks.pop();
      if (block === undefined) return;
      this.#slabs.free(block);
      if (this.#blocks.length - 1 <= this.#mask >>> 1) this.#mask >>>= 1;
    }
  }

  /** The slabs must be reset as well. */
  reset(): void {
    this.#blocks.length = 0;
    this.#mask = 0;
  }

  #blockOf(hash: number): number {
    let block = hash & this.#mask;
    if (block >= this.#blocks.length) block &= this.#mask >>> 1;
    return this.#blocks[block]!;
  }

  #rowOf(address: number, hash: number): number {
    const row = (Math.imul(hash, 0x9e3779b1) >>> 20) & this.#rowMask;
    return (address << 1) + (row << ROW_WORD_BITS);
  }
}

/** Never 0, which is an empty place. Other bits than those that choose block and row. */
function fingerprintOf(hash: number): number {
  return Math.imul(hash, 0x85ebca6b) >>> 16 || 1;
}
