// Memory for what is larger than a read of the network: where it comes from, and where it goes.

/** What the types of Node.js leave out. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };
const WASM_PAGE = 64 * 1024;

/**
 * Blocks of this size on come from the system and go back to it. From malloc they would not: once glibc has freed one
 * of some megabytes, it takes all smaller ones from its heap, which stays as large as a storm of messages made it.
 */
const LARGE = 2 ** 20;

/** Blocks that are lent have powers of two of bytes: 32 KiB to 4 MiB. */
const SMALLEST_CLASS = 15;
const LARGEST_CLASS = 22;
export const MOST_LENT = 2 ** LARGEST_CLASS;
/** Bytes of blocks that wait to be lent again. */
const MOST_SPARE = 2 * MOST_LENT;

const spares: Buffer[][] = Array.from({ length: LARGEST_CLASS + 1 }, () => []);
let spareBytes = 0;

/** A buffer with any bytes in it, whose memory is given back when it is garbage. */
export function allocate(bytes: number): Buffer {
  return bytes < LARGE ? Buffer.allocUnsafeSlow(bytes) : fromSystem(bytes);
}

/**
 * A buffer of at least `bytes`, and at most {@link MOST_LENT}, to be returned with {@link takeBack}: the next long
 * message needs one too, and garbage of that size is expensive.
 */
export function lend(bytes: number): Buffer {
  const sizeClass = classOf(bytes);
  const spare = spares[sizeClass]!.pop();
  if (spare === undefined) return allocate(2 ** sizeClass);
  spareBytes -= spare.length;
  return spare;
}

/** Nobody may use the buffer any more. One that was not lent is left to be garbage. */
export function takeBack(block: Buffer): void {
  const { length } = block;
  const sizeClass = classOf(length);
  if (length !== 2 ** sizeClass || length > MOST_LENT || spareBytes + length > MOST_SPARE) return;
  spares[sizeClass]!.push(block);
  spareBytes += length;
}

function classOf(bytes: number): number {
  return Math.max(SMALLEST_CLASS, 32 - Math.clz32(bytes - 1));
}

function fromSystem(bytes: number): Buffer {
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE) }).buffer, 0, bytes);
  } catch {
    // Such memories reserve addresses, of which there may be too few, and a process without a compiler has none.
    return Buffer.allocUnsafeSlow(bytes);
  }
}
