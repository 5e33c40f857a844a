import { MINUS, NINE, ZERO } from './bytes.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
/** Digits that a number holds exactly whatever they are. */
const SAFE_DIGITS = 15;
const MAX_DIGITS = 19;

/**
 * Reads a signed 64-bit decimal integer as strictly as Redis does: no plus sign, no leading zero, no `-0`, no space.
 * A number if it is a safe integer, else a bigint; undefined if it is no such integer.
 */
export function parseInteger(bytes: Buffer, start: number, end: number): number | bigint | undefined {
  const negative = start < end && bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > MAX_DIGITS) return undefined;
  if (bytes[first] === ZERO && (negative || digits > 1)) return undefined;

  let value = 0;
  for (let i = first; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return undefined;
    value = value * 10 + (byte - ZERO);
  }
  if (digits <= SAFE_DIGITS) return negative ? -value : value;

  const exact = BigInt(bytes.toString('latin1', start, end));
  if (exact > MAX_INT64 || exact < MIN_INT64) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}
