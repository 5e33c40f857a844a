const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

// Items of a compiled pattern: a byte that has to be there, one of these, or CLASS and the number of a class.
const END = -1;
const ANY = 0x100;
const ANY_NUMBER = 0x101;
const CLASS = 0x102;

/** Words of a class: a bit for each byte. */
const CLASS_WORDS = 8;
/** As long as keys may be. A pattern that asks for more matches none, and is not worth the memory. */
const MAX_SHORTEST = 64 * 1024;

/**
 * A pattern of Redis, compiled: `*`, `?`, `[a-z]`, `[^a]`, and `\` before what is meant literally.
 *
 * A star is first taken as empty; on a mismatch, the last star takes one byte more. So the time is at most the product
 * of the lengths, whatever the pattern: backtracking into earlier stars, which is exponential, can never help, since
 * what the later star may skip includes what the earlier one would. A class costs one step, however long it is written.
 *
 * The oddities are Redis's. The empty text matches the empty pattern alone, not `*` (which commands treat apart). A
 * class that is not closed reaches to the end. A range takes whatever byte follows the dash as its end, also `]`, and is
 * one of signed bytes. One limit is ours: a pattern that asks for more than 64 KiB of text matches nothing.
 */
export class Glob {
  #items = new Int32Array(16);
  #count = 0;
  #classes = new Uint32Array(0);
  #classCount = 0;
  /** Bytes that a text has at least. */
  #shortest = 0;

  /** @param pattern is not needed afterwards */
  constructor(pattern: Uint8Array) {
    let at = 0;
    while (at < pattern.length && this.#shortest <= MAX_SHORTEST) at = this.#compile(pattern, at);
    this.#add(END);
    if (this.#shortest > MAX_SHORTEST) this.#shortest = Infinity;
  }

  /** Whether the bytes from `start` to `end` match, all of them. */
  matches(text: Uint8Array, start = 0, end = text.length): boolean {
    const items = this.#items;
    let item = 0;
    let at = start;
    let starItem = -1;
    let starAt = 0;
    if (end - start < this.#shortest) return false;
    while (at < end) {
      const wanted = items[item]!;
      const byte = text[at]!;
      if (wanted === byte || wanted === ANY || (wanted >= CLASS && this.#classHas(wanted - CLASS, byte))) {
        item++;
        at++;
      } else if (wanted === ANY_NUMBER) {
        starItem = ++item;
        starAt = at;
        if (items[item] === END) return true;
      } else if (starItem < 0) {
        return false;
      } else {
        item = starItem;
        at = ++starAt;
      }
    }
    // The text is used up: a longer star would leave less of it for the rest.
    if (items[item] === ANY_NUMBER && start < end) item++;
    return items[item] === END;
  }

  /** Compiles what begins at `at`; returns where the pattern goes on. */
  #compile(pattern: Uint8Array, at: number): number {
    const byte = pattern[at]!;
    if (byte === STAR) {
      if (this.#count === 0 || this.#items[this.#count - 1] !== ANY_NUMBER) this.#add(ANY_NUMBER);
      return at + 1;
    }
    this.#shortest++;
    if (byte === OPEN) return this.#compileClass(pattern, at + 1);
    const escaped = byte === BACKSLASH && at + 1 < pattern.length;
    this.#add(byte === QUESTION ? ANY : escaped ? pattern[at + 1]! : byte);
    return escaped ? at + 2 : at + 1;
  }

  #compileClass(pattern: Uint8Array, start: number): number {
    const first = this.#classCount * CLASS_WORDS;
    this.#add(CLASS + this.#classCount++);
    if (first === this.#classes.length) this.#classes = grown(this.#classes, CLASS_WORDS);
    const bits = this.#classes.subarray(first, first + CLASS_WORDS);
    const { length } = pattern;
    const negated = pattern[start] === CARET;
    let at = negated ? start + 1 : start;
    for (; at < length && pattern[at] !== CLOSE; at++) {
      if (pattern[at] === BACKSLASH && at + 1 < length) {
        addRange(bits, pattern[++at]!, pattern[at]!);
      } else if (pattern[at + 1] === DASH && at + 2 < length) {
        addRange(bits, pattern[at]!, pattern[at + 2]!);
        at += 2;
      } else {
        addRange(bits, pattern[at]!, pattern[at]!);
      }
    }
    if (negated) for (let word = 0; word < CLASS_WORDS; word++) bits[word] = ~bits[word]!;
    return at + 1;
  }

  #classHas(index: number, byte: number): boolean {
    return ((this.#classes[index * CLASS_WORDS + (byte >>> 5)]! >>> (byte & 31)) & 1) === 1;
  }

  #add(item: number): void {
    if (this.#count === this.#items.length) this.#items = grown(this.#items, 16);
    this.#items[this.#count++] = item;
  }
}

function addRange(bits: Uint32Array, one: number, other: number): void {
  const [a, b] = [(one << 24) >> 24, (other << 24) >> 24];
  for (let byte = Math.min(a, b); byte <= Math.max(a, b); byte++) {
    bits[(byte & 0xff) >>> 5]! |= 1 << (byte & 31);
  }
}

function grown<T extends Int32Array | Uint32Array>(array: T, least: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(2 * array.length, least));
  larger.set(array);
  return larger;
}
