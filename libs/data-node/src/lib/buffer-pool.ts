/** Buffers up to this size are rounded up and kept for reuse. */
const POOLED_SIZE = 4096;
const STEP = 32;
/** Buffers kept of each size: at most some 4 MiB in all. */
const DEPTH = 16;

const EMPTY = Buffer.alloc(0);

/**
 * Memory for values, each in a Buffer of its own (never a slice of a shared slab, which one small value would keep
 * alive).
 *
 * Small ones come in steps of 32 bytes, and a few of each size are kept when they are given back. A store at its
 * budget gives one back for each that it takes, so it runs without garbage. That matters more than it seems: a value
 * that lived a while is freed by a full collection only, and V8 lets the heap double before it starts one.
 */
export class BufferPool {
  readonly #free: Buffer[][] = [];

  /** How long the Buffer is that {@link take} returns. */
  static sizeFor(length: number): number {
    return length > POOLED_SIZE ? length : Math.ceil(length / STEP) * STEP;
  }

  take(length: number): Buffer {
    if (length === 0) return EMPTY;
    const size = BufferPool.sizeFor(length);
    return (size <= POOLED_SIZE ? this.#free[size / STEP]?.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
  }

  giveBack(buffer: Buffer): void {
    if (buffer.length === 0 || buffer.length > POOLED_SIZE) return;
    const free = (this.#free[buffer.length / STEP] ??= []);
    if (free.length < DEPTH) free.push(buffer);
  }
}
