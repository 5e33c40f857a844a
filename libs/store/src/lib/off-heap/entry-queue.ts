import { NEWER, OLDER } from './records.ts';

/** Bits of a link. The three above them belong to the policy, and stay as they are. */
const LINK = (1 << 29) - 1;
const POLICY_BITS = ~LINK;

/** No entry. (No record has this number: it would be the last of the largest budget, which is never all records.) */
export const NIL = LINK;

/** A queue of entries, first in, first out; any can be taken out of the middle. Linked through the records. */
export class EntryQueue {
  newest: number = NIL;
  oldest: number = NIL;
  /** What its entries weigh, which its owner adds up. */
  weight = 0;
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  push(entry: number): void {
    const words = this.#words;
    const at = entry << 3;
    words[at + NEWER]! |= NIL;
    words[at + OLDER] = (words[at + OLDER]! & POLICY_BITS) | this.newest;
    if (this.newest === NIL) this.oldest = entry;
    else this.#link(this.newest, NEWER, entry);
    this.newest = entry;
  }

  remove(entry: number): void {
    const newer = this.newerThan(entry);
    const older = this.#words[(entry << 3) + OLDER]! & LINK;
    if (newer === NIL) this.newest = older;
    else this.#link(newer, OLDER, older);
    if (older === NIL) this.oldest = newer;
    else this.#link(older, NEWER, newer);
  }

  /** The entry that came next, or NIL. */
  newerThan(entry: number): number {
    return this.#words[(entry << 3) + NEWER]! & LINK;
  }

  reset(): void {
    this.newest = NIL;
    this.oldest = NIL;
    this.weight = 0;
  }

  #link(entry: number, word: number, to: number): void {
    const words = this.#words;
    const at = (entry << 3) + word;
    words[at] = (words[at]! & POLICY_BITS) | to;
  }
}
