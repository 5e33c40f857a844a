import { ZERO } from './bytes.ts';

/** Decimal digits of an integer from 0 to 2^31 - 1. */
export function digitCount(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Writes an integer from 0 to 2^31 - 1 in decimal; returns the offset after it. */
export function putDigits(buffer: Buffer, at: number, value: number): number {
  if (value < 10) {
    buffer[at] = ZERO + value;
    return at + 1;
  }
  const end = at + digitCount(value);
  let i = end;
  do {
    const rest = (value / 10) | 0;
    buffer[--i] = ZERO + value - rest * 10;
    value = rest;
  } while (value > 0);
  return end;
}
