// Taken from the global object once: within Jest's module contexts each look-up of a global is slow.
const { fromCharCode } = String;
const FULL = 0xffff;

/**
 * A set of small integers, made to be written down as short strings while it fills up from the left: its key leaves
 * out the words at the beginning that are full and those at the end that are empty.
 */
export class BitSet {
  readonly #words: Uint16Array;
  /** All words before are full. */
  #low = 0;
  /** All words from here on are empty. */
  #high = 0;

  /** @param size its members are from 0 to `size` - 1 */
  constructor(size: number) {
    this.#words = new Uint16Array((size + 15) >>> 4);
  }

  add(member: number): void {
    const word = member >>> 4;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (member & 15));
    if (word >= this.#high) this.#high = word + 1;
  }

  delete(member: number): void {
    const word = member >>> 4;
    this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (member & 15));
    if (word < this.#low) this.#low = word;
  }

  /**
   * The same string for the same members, and only for them (among sets of one size). It says how long it is, so keys
   * that are written one after the other cannot be mistaken for others either.
   */
  key(): string {
    const words = this.#words;
    while (this.#low < words.length && words[this.#low] === FULL) this.#low++;
    while (this.#high > 0 && words[this.#high - 1] === 0) this.#high--;
    let key = `${this.#low}-${this.#high}:`;
    for (let word = this.#low; word < this.#high; word++) key += fromCharCode(words[word] ?? 0);
    return key;
  }
}
