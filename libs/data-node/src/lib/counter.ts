/**
 * Decimal 64-bit integers in byte ranges, by the rules of Redis: an optional minus sign and digits, with no leading
 * zero, plus sign or space, and no "-0".
 *
 * A `number` holds what is safe in one (beyond 9 quadrillion either way), a `bigint` the rest up to 64 bits, so the
 * usual counter never makes a BigInt.
 */
export type Counter = number | bigint;

/** Digits and sign of the longest 64-bit integer. */
export const MAX_COUNTER_LENGTH = 20;

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
/** So many digits are always a safe integer. */
const SAFE_DIGITS = 15;

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** The integer that the bytes spell, or undefined when they spell none of 64 bits. */
export function parseCounter(bytes: Uint8Array, start: number, end: number): Counter | undefined {
  if (end - start > MAX_COUNTER_LENGTH) return undefined;
  const negative = start < end && bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (first === end) return undefined;
  if (bytes[first] === ZERO) return end - start === 1 ? 0 : undefined;
  const digits = end - first;
  let small = 0;
  let large = 0n;
  for (let i = first; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return undefined;
    if (digits <= SAFE_DIGITS) small = small * 10 + (byte - ZERO);
    else large = large * 10n + BigInt(byte - ZERO);
  }
  if (digits <= SAFE_DIGITS) return negative ? -small : small;
  const value = negative ? -large : large;
  return value < MIN || value > MAX ? undefined : simplified(value);
}

/** The sum, or undefined when it does not fit in 64 bits. */
export function addCounters(a: Counter, b: Counter): Counter | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return sum < MIN || sum > MAX ? undefined : simplified(sum);
}

/** Writes the decimal digits to the start of `target` and returns how many bytes they take. */
export function writeCounter(value: Counter, target: Uint8Array): number {
  if (typeof value === 'bigint') {
    const text = value.toString();
    for (let i = 0; i < text.length; i++) target[i] = text.charCodeAt(i);
    return text.length;
  }
  let rest = Math.abs(value);
  let length = value < 0 ? 2 : 1;
  for (let power = 10; power <= rest; power *= 10) length++;
  if (value < 0) target[0] = MINUS;
  for (let i = length - 1; i >= (value < 0 ? 1 : 0); i--) {
    const tens = Math.floor(rest / 10);
    target[i] = ZERO + (rest - tens * 10);
    rest = tens;
  }
  return length;
}

function simplified(value: bigint): Counter {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}
