import { allocate } from './blocks.ts';
import { CR, DOLLAR, EMPTY, LF, MINUS } from './bytes.ts';
import { capacityFor } from './capacity.ts';
import { copyBytes } from './copy.ts';
import { putDigits } from './digits.ts';
import { checkedOption, RespError } from './errors.ts';

export interface OutputOptions {
  /** Bytes of a fresh buffer. Default 64 KiB. */
  readonly capacity?: number;
  /** A buffer that grew beyond this is let go by `reset`. Default 1 MiB. */
  readonly keptCapacity?: number;
  /** Most bytes that may wait in the buffer. Default 1 GiB. */
  readonly maxLength?: number;
  /**
   * What happens to a write beyond that. `throw` (default): it throws. `discard`: it succeeds, so that whoever writes can
   * finish what it does, but its bytes are lost, and `checkOverflow` throws afterwards.
   */
  readonly whenFull?: 'throw' | 'discard';
}

/** Longest line of a 32-bit integer: type byte, sign, digits and line end. */
const LINE_LENGTH = 1 + 1 + 10 + 2;
/** What a bulk has besides its value: the line before, and the line end after. */
const BULK_OVERHEAD = LINE_LENGTH + 2;

/** Up to here `take` copies: Node's pool serves it, and a buffer of our own would pin much more memory. */
const POOLED_LENGTH = 4096;

/**
 * Bytes on their way out: one growing buffer for all messages of a read event.
 *
 * Who owns the bytes. They are in the buffer until one of these is called:
 * - `view` lends them. The view is valid until the next write, `reset` or `take`.
 * - `reset` empties the buffer to be written again: when the view was written out synchronously, or is not wanted.
 * - `detach` leaves the buffer to whoever holds the view and starts a fresh one: when the write goes on asynchronously.
 * - `take` gives the bytes away for good, in a buffer that is never written again: always safe.
 *
 *     socket.write(output.view());
 *     if (socket.writableLength === 0) output.reset();   // all of it is with the kernel already
 *     else output.detach();                              // the socket reads from the buffer later
 */
export abstract class OutputBuffer {
  buffer: Buffer = EMPTY;
  /** Bytes written. May be set back to an earlier value to take back what was written since. */
  length = 0;

  private readonly capacity: number;
  private readonly keptCapacity: number;
  private readonly maxLength: number;
  private readonly discards: boolean;
  /** Where writes that are lost begin; -1 while none is. */
  private lostFrom = -1;

  /** @throws RespError invalid-option */
  constructor(options: OutputOptions = {}) {
    const { capacity = 64 * 1024, keptCapacity = 1024 * 1024, maxLength = 2 ** 30 } = options;
    this.capacity = checkedOption('capacity', capacity, 64, 2 ** 30);
    this.keptCapacity = checkedOption('keptCapacity', keptCapacity, 0, 2 ** 30);
    this.maxLength = checkedOption('maxLength', maxLength, 64, 2 ** 30);
    this.discards = options.whenFull === 'discard';
  }

  /** Bytes were lost: what was written is not to be sent. */
  get overflowed(): boolean {
    return this.lostFrom >= 0;
  }

  /** To be called when a message is complete, with `whenFull: 'discard'`. @throws RespError output-full, once */
  checkOverflow(): void {
    if (this.lostFrom < 0) return;
    this.lostFrom = -1;
    throw this.full();
  }

  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
    if (this.buffer.length > this.keptCapacity) this.buffer = EMPTY;
  }

  detach(): void {
    this.length = 0;
    this.buffer = EMPTY;
  }

  take(): Buffer {
    const view = this.view();
    if (view.length <= POOLED_LENGTH) {
      this.reset();
      return Buffer.from(view);
    }
    this.detach();
    return view;
  }

  /** Copies bytes that are a message, or a part of one, already. */
  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.reserve(end - start);
    copyBytes(bytes, start, end, this.buffer, this.length);
    this.length += end - start;
  }

  bulk(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const at = this.open(end - start);
    copyBytes(bytes, start, end, this.buffer, at);
  }

  /** A bulk of the text's UTF-8. */
  bulkText(text: string): void {
    const at = this.open(Buffer.byteLength(text));
    this.buffer.write(text, at);
  }

  /**
   * Writes a bulk of `length` bytes all but its value, which the caller copies to the returned offset of `buffer`
   * before it writes anything else.
   */
  open(length: number): number {
    this.reserve(length + BULK_OVERHEAD);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = DOLLAR;
    at = putDigits(buffer, at, length);
    buffer[at] = CR;
    buffer[at + 1] = LF;
    const value = at + 2;
    at = value + length;
    buffer[at] = CR;
    buffer[at + 1] = LF;
    this.length = at + 2;
    return value;
  }

  /** A type byte, an integer and a line end. @throws RespError not-an-integer */
  protected line(type: number, value: number | bigint): void {
    if (typeof value !== 'number' || value !== (value | 0) || value === -0x80000000) {
      if (typeof value === 'number' && !Number.isInteger(value)) {
        throw new RespError('not-an-integer', `${value} is not an integer`);
      }
      // By way of a bigint, since large numbers print with an exponent.
      this.textLine(type, String(BigInt(value)));
      return;
    }
    this.reserve(LINE_LENGTH);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = type;
    if (value < 0) {
      buffer[at++] = MINUS;
      value = -value;
    }
    at = putDigits(buffer, at, value);
    buffer[at] = CR;
    buffer[at + 1] = LF;
    this.length = at + 2;
  }

  /** A type byte, text of one byte a character, and a line end. */
  protected textLine(type: number, text: string): void {
    this.reserve(text.length + 3);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = type;
    at += buffer.write(text, at, 'latin1');
    buffer[at] = CR;
    buffer[at + 1] = LF;
    this.length = at + 2;
  }

  /** Makes room for `count` more bytes. @throws RespError output-full */
  protected reserve(count: number): void {
    if (this.length + count > this.buffer.length) this.grow(count);
  }

  private grow(count: number): void {
    const needed = this.length + count;
    if (needed > this.maxLength || this.lostFrom >= 0) {
      this.overflow(count);
      return;
    }
    this.resize(Math.min(this.maxLength, Math.max(this.capacity, capacityFor(needed, Infinity))));
  }

  /** Lets what is lost overwrite itself, so that it takes no more room than one write. */
  private overflow(count: number): void {
    if (!this.discards) throw this.full();
    if (this.lostFrom < 0) this.lostFrom = this.length;
    this.length = this.lostFrom;
    if (this.length + count > this.buffer.length) this.resize(this.length + count);
  }

  private resize(capacity: number): void {
    const resized = allocate(capacity);
    this.buffer.copy(resized, 0, 0, this.length);
    this.buffer = resized;
  }

  private full(): RespError {
    return new RespError('output-full', `the output exceeds its limit of ${this.maxLength} bytes`);
  }
}
