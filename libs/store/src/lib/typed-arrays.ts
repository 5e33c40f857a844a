/** A longer copy of a typed array. */
export function enlarged<T extends Int32Array | Uint32Array | Uint16Array | Float64Array>(
  array: T,
  length: number,
): T {
  const copy = new (array.constructor as new (length: number) => T)(length);
  copy.set(array);
  return copy;
}
