// The few looks at the bytes of an answer that a proxy needs.

const MINUS = 0x2d;
const DOLLAR = 0x24;
const STAR = 0x2a;
const UNDERSCORE = 0x5f;
const LF = 0x0a;
const CR = 0x0d;
const ZERO = 0x30;

export function isError(answer: Buffer): boolean {
  return answer[0] === MINUS;
}

/** The absence of a value, in either version of the protocol. */
export function isNull(answer: Buffer): boolean {
  return answer[0] === UNDERSCORE || (answer[0] === DOLLAR && answer[1] === MINUS);
}

/** The absence of an array, in either version of the protocol. */
export function isNullArray(answer: Buffer): boolean {
  return answer[0] === UNDERSCORE || (answer[0] === STAR && answer[1] === MINUS);
}

/** The number in the line at `at`, after its type byte: of an integer, or the length of what follows. */
export function numberAt(answer: Buffer, at: number): number {
  const negative = answer[at + 1] === MINUS;
  let value = 0;
  for (let i = negative ? at + 2 : at + 1; answer[i] !== CR; i++) value = value * 10 + (answer[i]! - ZERO);
  return negative ? -value : value;
}

/** Where the line at `at` ends, its line end included. */
export function lineEnd(answer: Buffer, at: number): number {
  return answer.indexOf(LF, at) + 1;
}

/** Where the value at `at` ends, which is a bulk, a line, or a list of them. */
export function elementEnd(answer: Buffer, at: number): number {
  let end = lineEnd(answer, at);
  if (answer[at] === STAR) {
    for (let left = numberAt(answer, at); left > 0; left--) end = elementEnd(answer, end);
    return end;
  }
  if (answer[at] !== DOLLAR) return end;
  const length = numberAt(answer, at);
  return length < 0 ? end : end + length + 2;
}
