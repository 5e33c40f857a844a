/** Saves a second allocation for the few bytes that follow a large value. */
const SPARE = 1024;

/**
 * How large a buffer to allocate when `needed` bytes are at hand and `announced` are said to come in all.
 *
 * Twice what is at hand, so that all copying together costs less than twice the bytes, but not more than is
 * announced: so an announcement alone reserves nothing, and a large value ends in a buffer of its own size. What comes
 * after the announced end grows the buffer by a quarter at least, so that many small arguments after a large one do
 * not copy it again and again.
 */
export function capacityFor(needed: number, announced: number): number {
  return Math.max(needed + (needed >>> 2), Math.min(announced, needed * 2)) + SPARE;
}
