import { allocate, lend, MOST_LENT, takeBack } from './blocks.ts';
import { EMPTY } from './bytes.ts';
import { capacityFor } from './capacity.ts';
import { RespError } from './errors.ts';

/** Bytes taken over at a time while it is not known how many an unfinished message still needs. */
const STEP = 512;

/** A connection keeps a buffer of up to this size between messages; a larger one is let go. */
const KEPT_CAPACITY = 16 * 1024;

/**
 * The bytes that a parser reads: a window over the caller's network buffer, or over a buffer of its own.
 *
 * Messages that lie wholly within one read are parsed where they are. When a read ends within a message, its bytes are
 * copied to the parser's own buffer (`carry`), once, and the next read is appended in steps, only as far as that
 * message needs (`extend`). As soon as it is complete, reading goes on in place (`settle`): bytes that were copied too
 * many are simply read again where they came from.
 *
 * So each byte is copied at most once on its way here, plus the growth of a large message's buffer, and none is copied
 * for whole messages. The caller's buffer is free again when the parser has said that it has no further message, or
 * after `keep`.
 */
export abstract class Input {
  /** Where the bytes of the current message are. */
  buffer: Buffer = EMPTY;

  /** Next byte to be parsed, and the end of the window. */
  protected position = 0;
  protected limit = 0;
  /** First byte that is still needed: the start of an unfinished message, else `position`. */
  protected mark = 0;
  /** Whether the window is `own`. */
  protected carrying = false;

  private own = EMPTY;
  // While carrying: the last read, and how far it has been taken over.
  private source = EMPTY;
  private sourceStart = 0;
  private sourcePosition = 0;
  private sourceEnd = 0;

  /**
   * Hands over a read: the bytes from `start` to `end`. They must stay as they are until the parser has returned false
   * or `keep` was called; the parser may itself write to those it has read. Give it Buffers throughout, for speed.
   * @throws RespError unread-input when the read before was not finished nor kept
   */
  feed(bytes: Buffer, start = 0, end = bytes.length): void {
    if (this.carrying ? this.sourcePosition < this.sourceEnd : this.position < this.limit) {
      throw new RespError(
        'unread-input',
        'feed: call next() until it returns false, or keep(), before the next read',
      );
    }
    if (this.carrying) {
      this.source = bytes;
      this.sourceStart = this.sourcePosition = start;
      this.sourceEnd = end;
    } else {
      this.buffer = bytes;
      this.position = this.mark = start;
      this.limit = end;
    }
  }

  /**
   * Copies what is not read yet, so that the caller may stop in the middle of a read and use its buffer for something
   * else. The current message's bytes are no longer valid.
   */
  keep(): void {
    if (this.carrying) {
      // Only when more than half of it is read: keeping again and again then still costs little for each byte.
      if (this.mark > this.limit >>> 1) this.carry(0);
      this.append(this.sourceEnd - this.sourcePosition, 0);
      this.forgetSource();
    } else if (this.mark < this.limit) {
      this.carry(0);
    } else {
      this.drop();
    }
  }

  /** Bytes that are kept for later: of an unfinished message, or not read yet. */
  get keptBytes(): number {
    return this.carrying ? this.limit - this.mark : 0;
  }

  /** Called when all bytes of the window move towards its start. */
  protected moved(_distance: number): void {
    // Nothing to correct here.
  }

  /**
   * Adds later bytes to the window. The window and all positions in it may move.
   * @param missing how many bytes the unfinished message needs at least, 0 if that is unknown
   * @returns false when there are none; the caller's buffer is free then
   */
  protected extend(missing: number): boolean {
    if (!this.carrying && this.mark === this.limit) {
      this.drop();
      return false;
    }
    if (!this.carrying || this.mark > 0) this.carry(missing);
    const available = this.sourceEnd - this.sourcePosition;
    if (available === 0) {
      this.forgetSource();
      return false;
    }
    this.append(Math.min(available, Math.max(missing, STEP)), missing);
    return true;
  }

  /** Between messages: goes back to the caller's buffer if all that is left is still there. */
  protected settle(): void {
    const left = this.limit - this.position;
    if (left > this.sourcePosition - this.sourceStart) return;
    this.buffer = this.source;
    this.position = this.mark = this.sourcePosition - left;
    this.limit = this.sourceEnd;
    this.carrying = false;
    this.forgetSource();
    if (this.own.length > KEPT_CAPACITY) this.replaceOwn(EMPTY);
  }

  /** Forgets all bytes. */
  protected drop(): void {
    this.buffer = EMPTY;
    this.position = this.limit = this.mark = 0;
    this.carrying = false;
    this.forgetSource();
    if (this.own.length > KEPT_CAPACITY) this.replaceOwn(EMPTY);
  }

  /** Brings what is still needed to the start of the own buffer. */
  private carry(missing: number): void {
    const { buffer, mark, limit } = this;
    const length = limit - mark;
    if (this.carrying) {
      buffer.copyWithin(0, mark, limit);
    } else {
      if (this.own.length < length) this.replaceOwn(blockFor(length, length + missing));
      buffer.copy(this.own, 0, mark, limit);
      this.buffer = this.own;
      this.carrying = true;
    }
    this.position -= mark;
    this.limit = length;
    this.mark = 0;
    if (mark > 0) this.moved(mark);
  }

  private append(count: number, missing: number): void {
    const { limit } = this;
    if (limit + count > this.own.length) {
      const grown = blockFor(limit + count, limit + missing);
      this.own.copy(grown, 0, 0, limit);
      this.replaceOwn(grown);
      this.buffer = grown;
    }
    this.source.copy(this.own, limit, this.sourcePosition, this.sourcePosition + count);
    this.sourcePosition += count;
    this.limit += count;
  }

  private replaceOwn(block: Buffer): void {
    takeBack(this.own);
    this.own = block;
  }

  private forgetSource(): void {
    this.source = EMPTY;
    this.sourceStart = this.sourcePosition = this.sourceEnd = 0;
  }
}

function blockFor(needed: number, announced: number): Buffer {
  const capacity = capacityFor(needed, announced);
  if (capacity > KEPT_CAPACITY && capacity <= MOST_LENT) return lend(capacity);
  return allocate(capacity);
}
