/**
 * Sums in the 80-bit extended precision of x86, which Redis computes INCRBYFLOAT in (C's `long double`): 64 bits of
 * mantissa where a JavaScript number has 53, so that 0.1 + 0.2 is answered as 0.3.
 *
 * A value is `mantissa * 2^exponent` with integers of any size, rounded to 64 bits where the hardware rounds: after
 * reading and after adding. Both are rare and small, so exact arithmetic on BigInt costs nothing that matters.
 */
export interface Extended {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const PRECISION = 64;
const MIN_EXPONENT = -16_445;
const MAX_EXPONENT = 16_384;
/** Digits after the point, as in `%.17Lf`. */
const FRACTION_DIGITS = 17;
/** Redis reads texts of less than 5 KiB, which is enough for every number of this format. */
const MAX_TEXT = 5 * 1024 - 1;
/** What exponents are cut to: whatever the digits are, that is far outside of the range, and still quick. */
const DECIMAL_LIMIT = 11_000;
const BINARY_LIMIT = 40_000;

const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?:([\da-f]+)(?:\.([\da-f]*))?|\.([\da-f]+))(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * The value that the text spells, as C's `strtold` reads it; `Infinity` or `-Infinity` for those; undefined when it
 * spells none, or one outside of the range.
 */
export function parseExtended(text: string): Extended | number | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return parsed(DECIMAL.exec(text), 10) ?? parsed(HEXADECIMAL.exec(text), 16);
}

/** @param found sign, whole digits, fraction digits (in one of two places) and exponent */
function parsed(found: RegExpExecArray | null, base: 10 | 16): Extended | undefined {
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = found[4] ?? '', , power = '0'] = found;
  const digits = BigInt((base === 16 ? '0x' : '') + whole + fraction);
  const signed = sign === '-' ? -digits : digits;
  const value =
    base === 16
      ? rounded(signed, 1n, clamped(power, BINARY_LIMIT) - 4 * fraction.length)
      : scaled(signed, clamped(power, DECIMAL_LIMIT) - fraction.length);
  if (typeof value === 'number' || (value.mantissa === 0n && digits !== 0n)) return undefined;
  return value;
}

function clamped(power: string, limit: number): number {
  return Math.max(-limit, Math.min(limit, Number(power)));
}

/** digits * 10^power. */
function scaled(digits: bigint, power: number): Extended | number {
  return power >= 0
    ? rounded(digits * 10n ** BigInt(power), 1n, 0)
    : rounded(digits, 10n ** BigInt(-power), 0);
}

/** The sum, or an infinity when it is out of range. */
export function addExtended(a: Extended, b: Extended): Extended | number {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return rounded(sum, 1n, exponent);
}

/** In decimal, with at most 17 digits after the point and no zeros at the end. */
export function formatExtended({ mantissa, exponent }: Extended): string {
  const scale = 10n ** BigInt(FRACTION_DIGITS);
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const scaled =
    exponent >= 0
      ? magnitude * scale * (1n << BigInt(exponent))
      : divideToEven(magnitude * scale, 1n << BigInt(-exponent));
  const digits = scaled.toString().padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const text = digits.slice(0, -FRACTION_DIGITS) + (fraction === '' ? '' : `.${fraction}`);
  return mantissa < 0n && text !== '0' ? `-${text}` : text;
}

/** numerator / denominator * 2^exponent in 64 bits; an infinity when it is out of range. */
function rounded(numerator: bigint, denominator: bigint, exponent: number): Extended | number {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const excess = bitLength(magnitude) - bitLength(denominator) - PRECISION;
  let shift = Math.max(excess, MIN_EXPONENT - exponent);
  let mantissa = shifted(magnitude, denominator, shift);
  // The quotient may have one bit more than the difference of the lengths says.
  if (bitLength(mantissa) > PRECISION) {
    shift++;
    mantissa = shifted(magnitude, denominator, shift);
  }
  if (bitLength(mantissa) + exponent + shift > MAX_EXPONENT) return negative ? -Infinity : Infinity;
  return { mantissa: negative ? -mantissa : mantissa, exponent: exponent + shift };
}

function shifted(numerator: bigint, denominator: bigint, shift: number): bigint {
  return shift >= 0
    ? divideToEven(numerator, denominator << BigInt(shift))
    : divideToEven(numerator << BigInt(-shift), denominator);
}

function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
