const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

/**
 * Whether the bytes match a pattern of Redis: `*`, `?`, `[a-z]`, `[^a]`, and `\` before what is meant literally. As in
 * Redis, no star matches what is empty as a whole, and ranges count bytes as signed: those over 127 come first.
 *
 * A star is first taken as empty; on a mismatch, the last star takes one byte more. So the time is at most the product
 * of the lengths, whatever the pattern (backtracking into earlier stars, which is exponential, can never help: what the
 * later star may skip includes what the earlier one would).
 */
export function globMatches(
  pattern: Uint8Array,
  text: Uint8Array,
  textStart = 0,
  textEnd = text.length,
): boolean {
  if (textStart >= textEnd) return pattern.length === 0;
  let p = 0;
  let t = textStart;
  let starPattern = -1;
  let starText = 0;
  while (t < textEnd || p < pattern.length) {
    if (p < pattern.length) {
      if (pattern[p] === STAR) {
        starPattern = ++p;
        starText = t;
        continue;
      }
      if (t < textEnd && matchesOne(pattern, p, text[t]!)) {
        p = nextItem(pattern, p);
        t++;
        continue;
      }
    }
    if (starPattern < 0 || starText >= textEnd) return false;
    p = starPattern;
    t = ++starText;
  }
  return true;
}

/** Where the pattern goes on after the item at `p`. A class that is not closed reaches to the end. */
function nextItem(pattern: Uint8Array, p: number): number {
  if (pattern[p] === BACKSLASH && p + 1 < pattern.length) return p + 2;
  if (pattern[p] !== OPEN) return p + 1;
  let i = p + 1;
  if (pattern[i] === CARET) i++;
  while (i < pattern.length && pattern[i] !== CLOSE) i += memberLength(pattern, i);
  return Math.min(i + 1, pattern.length);
}

/** Of a member of a class: an escaped byte, a range (its end may be a bracket), or a byte. */
function memberLength(pattern: Uint8Array, i: number): number {
  if (pattern[i] === BACKSLASH && i + 1 < pattern.length) return 2;
  return pattern[i + 1] === DASH && i + 2 < pattern.length ? 3 : 1;
}

function matchesOne(pattern: Uint8Array, p: number, byte: number): boolean {
  switch (pattern[p]) {
    case QUESTION:
      return true;
    case OPEN:
      return matchesClass(pattern, p + 1, byte);
    case BACKSLASH:
      return (p + 1 < pattern.length ? pattern[p + 1] : BACKSLASH) === byte;
    default:
      return pattern[p] === byte;
  }
}

function matchesClass(pattern: Uint8Array, start: number, byte: number): boolean {
  const negated = pattern[start] === CARET;
  let found = false;
  for (let i = negated ? start + 1 : start; i < pattern.length && pattern[i] !== CLOSE; i++) {
    if (pattern[i] === BACKSLASH && i + 1 < pattern.length) {
      found ||= pattern[++i] === byte;
    } else if (pattern[i + 1] === DASH && i + 2 < pattern.length) {
      const [first, last] = [signed(pattern[i]!), signed(pattern[i + 2]!)];
      found ||= signed(byte) >= Math.min(first, last) && signed(byte) <= Math.max(first, last);
      i += 2;
    } else {
      found ||= pattern[i] === byte;
    }
  }
  return found !== negated;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
