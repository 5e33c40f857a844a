import { CR, LF, NINE, ZERO } from './bytes.ts';

const SPACE = 0x20;
const TAB = 0x09;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LOWER_X = 0x78;

const ESCAPES = new Map(
  Array.from('nrtba', (letter, i) => [letter.charCodeAt(0), '\n\r\t\b\x07'.charCodeAt(i)]),
);

/** As C's isspace: also vertical tab and form feed, which separate arguments but do not end one without quotes. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

function endsWord(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/**
 * Splits the line from `start` to `end` into arguments by Redis's rules for what people type: spaces separate;
 * "double quotes" know \n \r \t \b \a, \xHH, and a backslash before anything else; 'single quotes' know \' only; a
 * closing quote must be followed by a space or the end.
 *
 * Arguments are decoded in place (they never get longer), and `add` is called with the range of each.
 * @returns false if a quote is not closed, or text follows a closing quote
 */
export function splitInline(
  bytes: Buffer,
  start: number,
  end: number,
  add: (start: number, end: number) => void,
): boolean {
  let read = start;
  for (;;) {
    while (read < end && isSpace(bytes[read]!)) read++;
    if (read === end) return true;

    const first = read;
    let write = read;
    let quote = 0;
    for (;;) {
      if (read === end) {
        if (quote !== 0) return false;
        break;
      }
      const byte = bytes[read++]!;
      if (quote === 0) {
        if (endsWord(byte)) break;
        if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) quote = byte;
        else bytes[write++] = byte;
      } else if (byte === quote) {
        if (read < end && !isSpace(bytes[read]!)) return false;
        break;
      } else if (byte !== BACKSLASH || read === end) {
        bytes[write++] = byte;
      } else if (quote === SINGLE_QUOTE) {
        bytes[write++] = bytes[read] === SINGLE_QUOTE ? bytes[read++]! : byte;
      } else {
        const escaped = bytes[read++]!;
        const high = escaped === LOWER_X && end - read >= 2 ? hexDigit(bytes[read]!) : -1;
        const low = high >= 0 ? hexDigit(bytes[read + 1]!) : -1;
        if (low >= 0) read += 2;
        bytes[write++] = low >= 0 ? high * 16 + low : (ESCAPES.get(escaped) ?? escaped);
      }
    }
    add(first, write);
  }
}
