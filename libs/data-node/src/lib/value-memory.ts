/** Blocks up to this size are rounded up and kept for reuse. */
const POOLED_SIZE = 4096;
const STEP = 32;
/** Blocks kept of each size: at most some 4 MiB in all. */
const DEPTH = 16;

const EMPTY = new Uint8Array(0);

/**
 * Memory for values, each in a block of its own (never a piece of a shared slab, which one small value would keep
 * alive). A value is an array of exactly its length, so that it can be copied out whole without making a view.
 *
 * Small blocks come in steps of 32 bytes, and a few of each size are kept when they are given back. A store at its
 * budget gives one back for each that it takes, so it runs without much garbage. That matters: a value that lived a
 * while is freed by a full collection only, and V8 lets the heap double before it starts one.
 */
export class ValueMemory {
  readonly #free: ArrayBuffer[][] = [];

  /** The size of the block that holds a value of this length. */
  static sizeFor(length: number): number {
    return length > POOLED_SIZE ? length : Math.ceil(length / STEP) * STEP;
  }

  /** An array of `length` bytes with any content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length === 0) return EMPTY;
    if (length > POOLED_SIZE) return Buffer.allocUnsafeSlow(length);
    const size = ValueMemory.sizeFor(length);
    return new Uint8Array(this.#free[size / STEP]?.pop() ?? new ArrayBuffer(size), 0, length);
  }

  giveBack(value: Uint8Array<ArrayBuffer>): void {
    if (value.length === 0 || value.length > POOLED_SIZE) return;
    const block = value.buffer;
    const free = (this.#free[block.byteLength / STEP] ??= []);
    if (free.length < DEPTH) free.push(block);
  }
}
