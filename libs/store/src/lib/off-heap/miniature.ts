import { CHANCE, MAX_REACH, MAX_USES, type Shape } from './shape.ts';

/** A cell is free, or says where its key is and, in the bits above, how often it was used there. */
const FREE = 0;
const WINDOW = 1;
const MAIN = 2;
const GHOST = 3;
const PLACE = 3;
const USES_SHIFT = 2;
const ONE_USE = 1 << USES_SHIFT;

/**
 * A simulation of {@link AdaptivePolicy} in one fixed shape, for a sample of the keys: it says which accesses would
 * have been hits. It keeps hashes only, and every entry counts as one.
 */
export class Miniature {
  readonly #shape: Shape;
  #capacity = 1;

  /** Hash table with linear probing; at most some 3 of 8 cells are taken. */
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #states: Uint8Array;

  readonly #window: Ring;
  readonly #main: Ring;
  readonly #ghosts: Ring;
  #random = 1;

  /** @param limit the largest capacity it will be given, a power of two */
  constructor(shape: Shape, limit: number) {
    this.#shape = shape;
    this.#mask = limit * 8 - 1;
    this.#hashes = new Int32Array(limit * 8);
    this.#states = new Uint8Array(limit * 8);
    this.#window = new Ring(limit * 2);
    this.#main = new Ring(limit * 2);
    this.#ghosts = new Ring(limit * 2 * MAX_REACH);
  }

  /** Starts afresh, with room for so many entries. */
  reset(capacity: number): void {
    this.#capacity = capacity;
    this.#states.fill(FREE);
    this.#window.clear();
    this.#main.clear();
    this.#ghosts.clear();
  }

  /** Room for another number of entries. What is too many goes with the next miss. */
  resize(capacity: number): void {
    this.#capacity = capacity;
  }

  /** The key is used, and stored if it is absent. Returns whether it was there. */
  access(hash: number): boolean {
    const cell = this.#cellOf(hash);
    const state = this.#states[cell]!;
    const place = state & PLACE;
    if (place === WINDOW || place === MAIN) {
      if (state >>> USES_SHIFT < MAX_USES) this.#states[cell] = state + ONE_USE;
      return true;
    }
    const share = Math.max(this.#shape.window * this.#capacity, 1);
    if (this.#window.length + this.#main.length < this.#capacity) {
      if (this.#window.length >= share) this.#keep(this.#window.shift());
    } else {
      while (this.#window.length + this.#main.length >= this.#capacity) this.#evict(share);
    }
    if (place === GHOST) {
      this.#keep(hash);
    } else {
      this.#put(hash, WINDOW);
      this.#window.push(hash);
    }
    return false;
  }

  #evict(share: number): void {
    for (;;) {
      if (this.#window.length >= share || this.#main.length === 0) {
        const hash = this.#window.shift();
        if (this.#states[this.#cellOf(hash)]! >>> USES_SHIFT >= this.#shape.uses || this.#chance()) {
          this.#keep(hash);
        } else {
          this.#remember(hash);
          return;
        }
      } else {
        const hash = this.#main.shift();
        const cell = this.#cellOf(hash);
        if (this.#states[cell]! >>> USES_SHIFT === 0) {
          this.#remove(cell);
          return;
        }
        this.#states[cell]! -= ONE_USE;
        this.#main.push(hash);
      }
    }
  }

  #keep(hash: number): void {
    this.#put(hash, MAIN);
    this.#main.push(hash);
  }

  #remember(hash: number): void {
    this.#put(hash, GHOST);
    this.#ghosts.push(hash);
    while (this.#ghosts.length > this.#shape.reach * this.#capacity) {
      const cell = this.#cellOf(this.#ghosts.shift());
      if (this.#states[cell] === GHOST) this.#remove(cell);
    }
  }

  #chance(): boolean {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random < 2 ** 32 / CHANCE;
  }

  /** The cell of the hash, or the free one where it would go. */
  #cellOf(hash: number): number {
    let cell = this.#homeOf(hash);
    while (this.#states[cell] !== FREE && this.#hashes[cell] !== hash) cell = (cell + 1) & this.#mask;
    return cell;
  }

  #put(hash: number, state: number): void {
    const cell = this.#cellOf(hash);
    this.#hashes[cell] = hash;
    this.#states[cell] = state;
  }

  /** Frees a cell, and moves those of its run that would not be found any more. */
  #remove(cell: number): void {
    let gap = cell;
    for (let at = (gap + 1) & this.#mask; this.#states[at] !== FREE; at = (at + 1) & this.#mask) {
      const home = this.#homeOf(this.#hashes[at]!);
      if (((at - home) & this.#mask) < ((at - gap) & this.#mask)) continue;
      this.#hashes[gap] = this.#hashes[at]!;
      this.#states[gap] = this.#states[at]!;
      gap = at;
    }
    this.#states[gap] = FREE;
  }

  #homeOf(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 8) & this.#mask;
  }
}

/** A queue of hashes in an array that is a power of two long. */
class Ring {
  readonly #hashes: Int32Array;
  readonly #mask: number;
  #first = 0;
  length = 0;

  constructor(size: number) {
    this.#hashes = new Int32Array(size);
    this.#mask = size - 1;
  }

  push(hash: number): void {
    this.#hashes[(this.#first + this.length++) & this.#mask] = hash;
  }

  shift(): number {
    const hash = this.#hashes[this.#first]!;
    this.#first = (this.#first + 1) & this.#mask;
    this.length--;
    return hash;
  }

  clear(): void {
    this.length = 0;
  }
}
