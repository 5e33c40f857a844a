const SIGNIFICANT_DIGITS = 17;

/** Exponents from here to 16 are written without an exponent. */
const SMALLEST_PLAIN_EXPONENT = -4;

/**
 * A double as Redis 7.0 answers it: C's `%.17g`, with `inf`, `-inf` and `nan`. Seventeen digits give back exactly the
 * same double, though seldom the shortest text: 0.1 is 0.10000000000000001.
 */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0`;

  const [digits, exponent] = significantDigits(Math.abs(value));
  const significant = digits.replace(/0+$/, '');
  if (exponent < SMALLEST_PLAIN_EXPONENT || exponent >= SIGNIFICANT_DIGITS) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : '';
    const exponentSign = exponent < 0 ? '-' : '+';
    return `${sign}${significant[0]}${fraction}e${exponentSign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${significant}`;
  const whole = digits.slice(0, exponent + 1);
  const fraction = significant.slice(exponent + 1);
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/**
 * Seventeen digits and the decimal exponent of the first. A value exactly between two such numbers is rounded to the
 * even one, as C does, where JavaScript takes the larger.
 */
function significantDigits(value: number): [digits: string, exponent: number] {
  const split = (text: string): [string, number] => {
    const [mantissa = '', exponent] = text.split('e');
    return [mantissa.replace('.', ''), Number(exponent)];
  };
  const [exact, exponent] = split(value.toExponential(100));
  const kept = exact.slice(0, SIGNIFICANT_DIGITS);
  const halfway = /^50*$/.test(exact.slice(SIGNIFICANT_DIGITS));
  const even = (kept.charCodeAt(SIGNIFICANT_DIGITS - 1) & 1) === 0;
  return halfway && even ? [kept, exponent] : split(value.toExponential(SIGNIFICANT_DIGITS - 1));
}
