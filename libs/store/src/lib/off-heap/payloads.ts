import { copyBytes } from '@distributed-cache/runtime';
import { UNIT_BYTES, WINDOW_MASK, WINDOW_SHIFT, type PagePool } from './pages.ts';
import { DATA, DATA_PENDING, type Records } from './records.ts';
import type { SizeClasses } from './size-classes.ts';
import type { Slabs } from './slabs.ts';

/** The first word of a block: the entry it belongs to, and whether it is a piece of a chain. */
const CHAINED = 1 << 30;
const ENTRY = CHAINED - 1;
const HEADER_BYTES = 4;
/** Pieces of a chain know their neighbours: word 1 is the next one, word 2 the previous, in a ring. */
const NEXT = 1;
const PREVIOUS = 2;
const CHAIN_HEADER_BYTES = 12;

/**
 * The bytes of the entries: key and value, one after the other.
 *
 * What fits lies in one block. What is larger is cut into pieces of the largest size class, plus a last one that fits
 * the rest, in a ring: so a value of 8 MiB needs no contiguous memory, wastes at most part of its last block, and is
 * freed piece by piece. The ring makes the last piece (APPEND) and a piece's neighbours (when compaction moves it)
 * reachable in one step.
 *
 * Lengths are not stored here: the record has them. Offsets count from the start of the key. Any allocation may move
 * blocks, the entry's own included, so after one addresses are read again from the record.
 */
export class Payloads {
  readonly #bytes: Uint8Array[];
  readonly #words: Int32Array;
  readonly #slabs: Slabs;
  readonly #records: Records;
  readonly #classes: SizeClasses;
  /** The slabs' number for size class 0. */
  readonly #firstClass: number;
  readonly #singleLimit: number;
  /** Bytes in each piece of a chain but the last. */
  readonly #pieceBytes: number;
  readonly #spill: Uint8Array;

  constructor(pool: PagePool, slabs: Slabs, records: Records, classes: SizeClasses, firstClass: number) {
    this.#bytes = pool.bytes;
    this.#words = pool.words;
    this.#slabs = slabs;
    this.#records = records;
    this.#classes = classes;
    this.#firstClass = firstClass;
    this.#singleLimit = classes.largest - HEADER_BYTES;
    this.#pieceBytes = classes.largest - CHAIN_HEADER_BYTES;
    this.#spill = new Uint8Array(CHAIN_HEADER_BYTES - HEADER_BYTES);
  }

  /** The longest key and value that so many pages can hold, whatever else is in the pages' classes. */
  static capacity(pages: number, pageBytes: number, classes: SizeClasses): number {
    const pieces = Math.max(pages - 1, 0) * Math.floor(pageBytes / classes.largest);
    return pieces * (classes.largest - CHAIN_HEADER_BYTES);
  }

  /** Gives an entry without data room for `length` bytes, of arbitrary content. */
  allocate(entry: number, length: number): void {
    if (length <= this.#singleLimit) {
      const address = this.#slabs.allocate(this.#singleClass(length));
      this.#setWord(address, 0, entry);
      this.#records.set(entry, DATA, address);
    } else {
      for (let left = length; left > 0; left -= this.#pieceBytes) {
        this.#appendPiece(entry, Math.min(left, this.#pieceBytes));
      }
    }
  }

  release(entry: number): void {
    const first = this.#records.get(entry, DATA);
    this.#records.set(entry, DATA, DATA_PENDING);
    if ((this.#word(first, 0) & CHAINED) === 0) {
      this.#slabs.free(first);
      return;
    }
    let address = first;
    do {
      const next = this.#word(address, NEXT);
      this.#slabs.free(address);
      address = next;
    } while (address !== first);
  }

  /** Bytes of the blocks that an entry of `length` bytes has. */
  bytesFor(length: number): number {
    if (length <= this.#singleLimit) return this.#classes.roundUp(length + HEADER_BYTES);
    const last = this.#classes.roundUp(this.#lastLength(length) + CHAIN_HEADER_BYTES);
    return (this.#pieces(length) - 1) * this.#classes.largest + last;
  }

  /** Whether an entry of `before` bytes has exactly the blocks that one of `after` bytes would have. */
  hasSameShape(before: number, after: number): boolean {
    if (before <= this.#singleLimit) {
      return after <= this.#singleLimit && this.#singleClass(before) === this.#singleClass(after);
    }
    return (
      after > this.#singleLimit &&
      this.#pieces(before) === this.#pieces(after) &&
      this.#chainClass(this.#lastLength(before)) === this.#chainClass(this.#lastLength(after))
    );
  }

  /** Makes room for `after` bytes instead of `before`, which are kept. */
  grow(entry: number, before: number, after: number): void {
    if (this.hasSameShape(before, after)) return;
    if (before > this.#singleLimit) this.#growChain(entry, before, after);
    else if (after > this.#singleLimit) this.#chainSingle(entry, before, after);
    else {
      const to = this.#slabs.allocate(this.#singleClass(after));
      const from = this.#records.get(entry, DATA);
      this.#copyWords(from, to, HEADER_BYTES + before);
      this.#records.set(entry, DATA, to);
      this.#slabs.free(from);
    }
  }

  /** The first word of the entry's data. */
  header(entry: number): number {
    return this.#word(this.#records.get(entry, DATA), 0);
  }

  /** Whether the entry's key is this one. Lengths are known to be equal. */
  keyEquals(entry: number, key: Uint8Array, start: number, end: number): boolean {
    const address = this.#records.get(entry, DATA);
    const words = this.#words;
    let word = address << 1;
    if ((words[word]! & CHAINED) !== 0) return this.#chainedKeyEquals(entry, key, start, end);
    let i = start;
    for (const stop = end - 3; i < stop; i += 4) {
      const other = key[i]! | (key[i + 1]! << 8) | (key[i + 2]! << 16) | (key[i + 3]! << 24);
      if (words[++word] !== other) return false;
    }
    const bytes = this.#bytes[address >>> WINDOW_SHIFT]!;
    for (let at = (word + 1) << 2; i < end; i++, at++) if (bytes[at] !== key[i]) return false;
    return true;
  }

  /** Copies payload bytes `from` to `to` into `target` at `offset`. */
  read(entry: number, from: number, to: number, target: Uint8Array, offset: number): void {
    const address = this.#records.get(entry, DATA);
    if ((this.#word(address, 0) & CHAINED) === 0) {
      const start = byteOffset(address) + HEADER_BYTES;
      copyBytes(this.#bytes[address >>> WINDOW_SHIFT]!, start + from, start + to, target, offset);
      return;
    }
    let piece = this.#seek(entry, from);
    let within = from % this.#pieceBytes;
    for (let at = from; at < to; piece = this.#word(piece, NEXT), within = 0) {
      const length = Math.min(this.#pieceBytes - within, to - at);
      const start = byteOffset(piece) + CHAIN_HEADER_BYTES + within;
      copyBytes(this.#bytes[piece >>> WINDOW_SHIFT]!, start, start + length, target, offset + at - from);
      at += length;
    }
  }

  /** Copies `source[start, end)` over the payload from `at` on. */
  write(entry: number, at: number, source: Uint8Array, start: number, end: number): void {
    const address = this.#records.get(entry, DATA);
    if ((this.#word(address, 0) & CHAINED) === 0) {
      const target = byteOffset(address) + HEADER_BYTES + at;
      copyBytes(source, start, end, this.#bytes[address >>> WINDOW_SHIFT]!, target);
      return;
    }
    let piece = this.#seek(entry, at);
    let within = at % this.#pieceBytes;
    for (let from = start; from < end; piece = this.#word(piece, NEXT), within = 0) {
      const length = Math.min(this.#pieceBytes - within, end - from);
      const target = byteOffset(piece) + CHAIN_HEADER_BYTES + within;
      copyBytes(source, from, from + length, this.#bytes[piece >>> WINDOW_SHIFT]!, target);
      from += length;
    }
  }

  /** Sets payload bytes `from` to `to` to zero. */
  fillZero(entry: number, from: number, to: number): void {
    const zeros = new Uint8Array(Math.min(to - from, this.#pieceBytes));
    for (let at = from; at < to; at += zeros.length) {
      this.write(entry, at, zeros, 0, Math.min(zeros.length, to - at));
    }
  }

  /** Whoever points to a block that was moved points to the new place. */
  moved(from: number, to: number): void {
    const header = this.#word(to, 0);
    const entry = header & ENTRY;
    if ((header & CHAINED) !== 0) {
      if (this.#word(to, NEXT) === from) {
        this.#setWord(to, NEXT, to);
        this.#setWord(to, PREVIOUS, to);
      } else {
        this.#setWord(this.#word(to, NEXT), PREVIOUS, to);
        this.#setWord(this.#word(to, PREVIOUS), NEXT, to);
      }
      if (this.#records.get(entry, DATA) !== from) return;
    }
    this.#records.set(entry, DATA, to);
  }

  /** Adds a last piece to a chain, or the first one to an entry without data. */
  #appendPiece(entry: number, length: number): void {
    const piece = this.#slabs.allocate(this.#chainClass(length));
    const first = this.#records.get(entry, DATA);
    this.#setWord(piece, 0, entry | CHAINED);
    if (first === DATA_PENDING) {
      this.#setWord(piece, NEXT, piece);
      this.#setWord(piece, PREVIOUS, piece);
      this.#records.set(entry, DATA, piece);
    } else {
      const last = this.#word(first, PREVIOUS);
      this.#setWord(piece, NEXT, first);
      this.#setWord(piece, PREVIOUS, last);
      this.#setWord(last, NEXT, piece);
      this.#setWord(first, PREVIOUS, piece);
    }
  }

  #growChain(entry: number, before: number, after: number): void {
    const last = this.#lastLength(before);
    const start = before - last;
    const enlarged = Math.min(after - start, this.#pieceBytes);
    if (this.#chainClass(last) !== this.#chainClass(enlarged)) {
      const to = this.#slabs.allocate(this.#chainClass(enlarged));
      const from = this.#word(this.#records.get(entry, DATA), PREVIOUS);
      this.#copyWords(from, to, CHAIN_HEADER_BYTES + last);
      this.moved(from, to);
      this.#slabs.free(from);
    }
    for (let left = after - start - enlarged; left > 0; left -= this.#pieceBytes) {
      this.#appendPiece(entry, Math.min(left, this.#pieceBytes));
    }
  }

  /** Turns a single block into a chain. Its header is shorter than a piece's, so a few bytes may spill over. */
  #chainSingle(entry: number, before: number, after: number): void {
    const to = this.#slabs.allocate(this.#chainClass(this.#pieceBytes));
    const from = this.#records.get(entry, DATA);
    const spilled = Math.max(before - this.#pieceBytes, 0);
    this.read(entry, before - spilled, before, this.#spill, 0);
    const source = this.#bytes[from >>> WINDOW_SHIFT]!;
    const start = byteOffset(from) + HEADER_BYTES;
    const target = byteOffset(to) + CHAIN_HEADER_BYTES;
    copyBytes(source, start, start + before - spilled, this.#bytes[to >>> WINDOW_SHIFT]!, target);
    this.#setWord(to, 0, entry | CHAINED);
    this.#setWord(to, NEXT, to);
    this.#setWord(to, PREVIOUS, to);
    this.#records.set(entry, DATA, to);
    this.#slabs.free(from);
    for (let left = after - this.#pieceBytes; left > 0; left -= this.#pieceBytes) {
      this.#appendPiece(entry, Math.min(left, this.#pieceBytes));
    }
    if (spilled > 0) this.write(entry, before - spilled, this.#spill, 0, spilled);
  }

  #chainedKeyEquals(entry: number, key: Uint8Array, start: number, end: number): boolean {
    let piece = this.#records.get(entry, DATA);
    for (let i = start; i < end; piece = this.#word(piece, NEXT)) {
      const bytes = this.#bytes[piece >>> WINDOW_SHIFT]!;
      let at = byteOffset(piece) + CHAIN_HEADER_BYTES;
      for (const stop = Math.min(end, i + this.#pieceBytes); i < stop; i++, at++) {
        if (bytes[at] !== key[i]) return false;
      }
    }
    return true;
  }

  /** The piece that holds offset `at`; walks the ring from whichever end is nearer to it. */
  #seek(entry: number, at: number): number {
    let piece = this.#records.get(entry, DATA);
    const index = Math.floor(at / this.#pieceBytes);
    const pieces = this.#pieces(this.#records.payloadLength(entry));
    if (index <= pieces >> 1) for (let i = 0; i < index; i++) piece = this.#word(piece, NEXT);
    else for (let i = pieces; i > index; i--) piece = this.#word(piece, PREVIOUS);
    return piece;
  }

  #singleClass(length: number): number {
    return this.#firstClass + this.#classes.classOf(length + HEADER_BYTES);
  }

  #chainClass(length: number): number {
    return this.#firstClass + this.#classes.classOf(length + CHAIN_HEADER_BYTES);
  }

  #pieces(length: number): number {
    return Math.ceil(length / this.#pieceBytes);
  }

  #lastLength(length: number): number {
    return length - (this.#pieces(length) - 1) * this.#pieceBytes;
  }

  #copyWords(from: number, to: number, bytes: number): void {
    const words = this.#words;
    for (let i = 0; i << 2 < bytes; i++) words[(to << 1) + i] = words[(from << 1) + i]!;
  }

  #word(address: number, index: number): number {
    return this.#words[(address << 1) + index]!;
  }

  #setWord(address: number, index: number, value: number): void {
    this.#words[(address << 1) + index] = value;
  }
}

/** Where a block starts in its window of the bytes. */
function byteOffset(address: number): number {
  return (address & WINDOW_MASK) * UNIT_BYTES;
}
