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
/** Bytes that may be read again after mismatches, before what follows a star is searched for in a better way. */
const PATIENCE = 4096;
/** Most items between two stars when they are not all plain bytes: a search takes one step for 32 of them. */
const MAX_SEARCHED = 1024;
/** For each byte, at which of the items that are searched for it may stand: a bit for each. */
const masks = new Uint32Array((256 * MAX_SEARCHED) / 32);
/** As long as keys may be. A pattern that asks for more matches none, and is not worth the memory. */
const MAX_SHORTEST = 64 * 1024;

/**
 * A pattern of Redis, compiled: `*`, `?`, `[a-z]`, `[^a]`, and `\` before what is meant literally.
 *
 * A star is first taken as empty; on a mismatch, the last star takes one byte more: backtracking into earlier stars,
 * which is exponential, can never help, since what the later star may skip includes what the earlier one would. A class
 * costs one step, however long it is written. So the time is at most the product of the lengths, which is still
 * seconds for a key and a pattern of 64 KiB; so where many bytes were read in vain, what stands between two stars is
 * searched for instead, in a time of about the text's length.
 *
 * The oddities are Redis's. The empty text matches the empty pattern alone, not `*` (which commands treat apart). A
 * class that is not closed reaches to the end. A range takes whatever byte follows the dash as its end, also `]`, and is
 * one of signed bytes. Two limits are ours: a pattern that asks for more than 64 KiB of text matches nothing, nor
 * does one with more than 1,024 bytes, question marks and classes between two stars, unless all are plain bytes.
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
    if (this.#shortest > MAX_SHORTEST || this.#hasLongSearch()) this.#shortest = Infinity;
  }

  /** Whether the bytes from `start` to `end` match, all of them. */
  matches(text: Uint8Array, start = 0, end = text.length): boolean {
    const items = this.#items;
    let item = 0;
    let at = start;
    let starItem = -1;
    let starAt = 0;
    let read = 0;
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
      } else if ((read += at - starAt) <= PATIENCE) {
        item = starItem;
        at = ++starAt;
      } else {
        item = this.#segmentEnd(starItem);
        at = this.#find(starItem, item, text, starAt + 1, end);
        if (at < 0) return false;
      }
    }
    // The text is used up: a longer star would leave less of it for the rest.
    if (items[item] === ANY_NUMBER && start < end) item++;
    return items[item] === END;
  }

  /** Where the items that follow a star end: at the next star, or the end. */
  #segmentEnd(from: number): number {
    let to = from;
    while (this.#items[to] !== ANY_NUMBER && this.#items[to] !== END) to++;
    return to;
  }

  #isPlain(from: number, to: number): boolean {
    return this.#items.subarray(from, to).every((wanted) => wanted < ANY);
  }

  #hasLongSearch(): boolean {
    for (let from = 0, to = 0; this.#items[to] !== END; from = to + 1) {
      to = this.#segmentEnd(from);
      const searched = from > 0 && this.#items[to] === ANY_NUMBER;
      if (searched && to - from > MAX_SEARCHED && !this.#isPlain(from, to)) return true;
    }
    return false;
  }

  /** Where the first match of the items `from` to `to` ends, all of which follow a star; -1 when there is none. */
  #find(from: number, to: number, text: Uint8Array, start: number, end: number): number {
    const length = to - from;
    if (end - start < length) return -1;
    // What follows the last star stands at the end or nowhere.
    if (this.#items[to] === END) return this.#standsAt(from, to, text, end - length) ? end : -1;
    if (!this.#isPlain(from, to)) return this.#findAny(from, length, text, start, end);
    const { buffer, byteOffset } = text;
    const searched = Buffer.from(buffer, byteOffset + start, end - start);
    const found = searched.indexOf(Uint8Array.from(this.#items.subarray(from, to)));
    return found < 0 ? -1 : start + found + length;
  }

  #standsAt(from: number, to: number, text: Uint8Array, at: number): boolean {
    for (let item = from; item < to; item++, at++) if (!this.#accepts(item, text[at]!)) return false;
    return true;
  }

  /** Follows all attempts at once (Shift-And): a bit of `state` says that the items so far match what was read last. */
  #findAny(from: number, length: number, text: Uint8Array, start: number, end: number): number {
    const words = Math.ceil(length / 32);
    for (let byte = 0; byte < 256; byte++) {
      masks.fill(0, byte * words, (byte + 1) * words);
      for (let i = 0; i < length; i++) {
        if (this.#accepts(from + i, byte)) masks[byte * words + (i >>> 5)]! |= 1 << (i & 31);
      }
    }
    const state = new Uint32Array(words);
    const last = 1 << ((length - 1) & 31);
    for (let at = start; at < end; at++) {
      const mask = text[at]! * words;
      let carried = 1;
      for (let word = 0; word < words; word++) {
        const before = state[word]!;
        state[word] = ((before << 1) | carried) & masks[mask + word]!;
        carried = before >>> 31;
      }
      if ((state[words - 1]! & last) !== 0) return at + 1;
    }
    return -1;
  }

  #accepts(item: number, byte: number): boolean {
    const wanted = this.#items[item]!;
    return wanted === byte || wanted === ANY || (wanted >= CLASS && this.#classHas(wanted - CLASS, byte));
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
