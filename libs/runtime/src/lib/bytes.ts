/** Up to this length a loop beats the fixed cost of making a view and calling `set` (some 60 ns on Node 20). */
const LOOP_LIMIT = 24;

/** Copies `source[start, end)` to `target` at `offset`. The caller has made room. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  if (end - start <= LOOP_LIMIT) {
    for (let from = start, to = offset; from < end; from++, to++) target[to] = source[from]!;
  } else {
    target.set(start === 0 && end === source.length ? source : source.subarray(start, end), offset);
  }
}

/** A copy of `source[start, end)` in memory of its own, so that it never keeps a larger buffer alive. */
export function cloneBytes(source: Uint8Array, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start);
  copyBytes(source, start, end, copy, 0);
  return copy;
}
