import { CR, DOLLAR, LF, STAR, ZERO } from './bytes.ts';
import { MAX_ARGUMENTS_AHEAD, type CommandsAhead } from './commands-ahead.ts';
import { ProtocolError, type ProtocolErrorCode } from './errors.ts';
import { splitInline } from './inline.ts';
import { Input } from './input.ts';
import { parseInteger } from './integer.ts';
import {
  type RequestLimits,
  requestLimits,
  UNAUTHENTICATED_ARGUMENTS,
  UNAUTHENTICATED_BULK_LENGTH,
} from './limits.ts';

/** What `parse` returns when a command is complete; any other result is a number of missing bytes. */
const COMPLETE = -1;
/** What `readLength` returns when the line has not arrived yet, or the parser failed. */
const NO_LENGTH = -1;

/** Longest number that the fast path reads, and the bytes it may look at, type and line end included. */
const PLAIN_DIGITS = 7;
const PLAIN_LINE = PLAIN_DIGITS + 3;

const INITIAL_ARGUMENTS = MAX_ARGUMENTS_AHEAD;
/** Offsets for so many arguments are kept between commands; more are let go. */
const KEPT_ARGUMENTS = 4096;

/**
 * Reads a line `*number\r\n` or `$number\r\n` if it is all there and plain: one to seven digits, no sign, no leading
 * zero. Returns number * 16 + length of the line (one result, so that nothing is computed twice), or NO_LENGTH for all
 * else, which the strict reading decides. The byte at `position` is the caller's to look at.
 */
function plainLength(buffer: Buffer, position: number): number {
  let value = buffer[position + 1]! - ZERO;
  if (value < 0 || value > 9) return NO_LENGTH;
  let byte = buffer[position + 2]!;
  if (byte === CR) return (value << 4) | 4;
  if (value === 0) return NO_LENGTH;
  let at = position + 2;
  do {
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9) return NO_LENGTH;
    value = value * 10 + digit;
    byte = buffer[++at]!;
  } while (byte !== CR && at < position + PLAIN_DIGITS + 1);
  return byte === CR ? (value << 4) | (at + 2 - position) : NO_LENGTH;
}

/**
 * Finds the commands in what a client sends. Pull style: `feed` a read, then call `next` until it returns false.
 *
 *     parser.feed(networkBuffer, 0, length);
 *     while (parser.next()) execute(parser);       // to stop in the middle: break, then parser.keep()
 *     if (parser.error) answerAndClose(parser.error);
 *
 * After `next` has returned true, the command has `count` arguments (one at least) and argument i is the bytes
 * [starts[i], ends[i]) of `buffer`. They are valid until the next call of `next` or `keep`. Nothing is allocated for a
 * command that lies within one read.
 *
 * As Redis, it ignores empty lines and arrays without elements, and skips the two bytes after a bulk without looking
 * at them.
 */
export class RequestParser extends Input {
  /** Arguments of the current command. */
  count = 0;
  starts = new Int32Array(INITIAL_ARGUMENTS);
  ends = new Int32Array(INITIAL_ARGUMENTS);
  /** Set once, when the client broke the protocol or a limit. No further command comes: answer it and close. */
  error: ProtocolError | undefined;

  /** Arguments of an unfinished command that are still to come; 0 before its first line. */
  private remaining = 0;
  /** Length of an argument whose bytes are still to come; -1 before its `$` line. */
  private bulkLength = -1;
  /** Bytes of an unfinished line that are known not to hold its end. */
  private scanned = 0;

  /** Has commands that were read ahead and not taken yet. */
  private ahead: CommandsAhead | undefined;

  private currentLimits: RequestLimits;
  private currentlyRestricted = false;
  // What both come to; in fields of their own for the hot loop.
  private argumentLimit = 0;
  private bulkLimit = 0;
  private commandLimit = 0;

  /** @throws RespError invalid-option */
  constructor(limits: Partial<RequestLimits> = {}) {
    super();
    this.currentLimits = requestLimits(limits);
    this.applyLimits();
  }

  get limits(): RequestLimits {
    return this.currentLimits;
  }

  /** Holds from the next line that announces a length. @throws RespError invalid-option */
  set limits(limits: Partial<RequestLimits>) {
    this.currentLimits = requestLimits(limits);
    this.applyLimits();
  }

  get restricted(): boolean {
    return this.currentlyRestricted;
  }

  /** Whether the client is held to the small limits of those that have yet to authenticate. Default false. */
  set restricted(restricted: boolean) {
    this.currentlyRestricted = restricted;
    this.applyLimits();
  }

  override feed(bytes: Buffer, start = 0, end = bytes.length): void {
    if (this.error === undefined) super.feed(bytes, start, end);
  }

  /** Goes on to the next command; false when there is none (yet). */
  next(): boolean {
    if (this.ahead !== undefined) {
      this.takeAhead(this.ahead);
      return true;
    }
    if (this.remaining === 0 && this.carrying) this.settle();
    for (;;) {
      const missing = this.parse();
      if (missing === COMPLETE) return true;
      if (!this.extend(missing)) {
        if (this.remaining === 0) this.shrinkOffsets();
        return false;
      }
    }
  }

  /** Offsets of an unfinished command are kept beside its bytes. */
  override get keptBytes(): number {
    const { length } = this.starts;
    return super.keptBytes + (length > KEPT_ARGUMENTS ? 2 * Int32Array.BYTES_PER_ELEMENT * length : 0);
  }

  /**
   * Reads the commands that lie ahead, as long as they are plain, have arguments and lie wholly within this read; `next`
   * will take them from there.
   * @returns how many were found; their bytes are in `buffer`
   */
  lookAhead(ahead: CommandsAhead): number {
    this.forgetAhead();
    if (this.remaining > 0) return 0;
    const { buffer, limit, argumentLimit, bulkLimit } = this;
    const { keyStarts, keyEnds, counts, starts, ends, capacity } = ahead;
    let { position } = this;
    let found = 0;
    let first = 0;
    search: while (found < capacity && position < limit && buffer[position] === STAR) {
      const line = plainLength(buffer, position);
      const count = line >> 4;
      if (count < 2 || count > MAX_ARGUMENTS_AHEAD || count > argumentLimit) break;
      const stop = Math.min(limit, position + this.commandLimit);
      position += line & 15;
      for (let i = first; i < first + count; i++) {
        if (position >= limit || buffer[position] !== DOLLAR) break search;
        const bulk = plainLength(buffer, position);
        if (bulk === NO_LENGTH || bulk >> 4 > bulkLimit) break search;
        const start = position + (bulk & 15);
        position = start + (bulk >> 4) + 2;
        // Whatever was read behind the limit to get here, it ends there too.
        if (position > stop) break search;
        starts[i] = start;
        ends[i] = position - 2;
      }
      keyStarts[found] = starts[first + 1]!;
      keyEnds[found] = ends[first + 1]!;
      counts[found++] = count;
      first += count;
    }
    ahead.clear();
    ahead.size = found;
    if (found > 0) this.ahead = ahead;
    return found;
  }

  override keep(): void {
    this.forgetAhead();
    super.keep();
  }

  private takeAhead(ahead: CommandsAhead): void {
    const count = ahead.counts[ahead.taken++]!;
    const first = ahead.nextArgument;
    const { starts, ends } = this;
    for (let i = 0; i < count; i++) {
      starts[i] = ahead.starts[first + i]!;
      ends[i] = ahead.ends[first + i]!;
    }
    ahead.nextArgument = first + count;
    this.count = count;
    this.position = this.mark = ends[count - 1]! + 2;
    if (ahead.taken === ahead.size) this.ahead = undefined;
  }

  /** What was read ahead will be read again. */
  private forgetAhead(): void {
    this.ahead?.clear();
    this.ahead = undefined;
  }

  /**
   * One pass over the window, from where the last one had to stop. The state of an unfinished command is loaded into
   * local variables here and stored again where bytes are missing, so that the loop runs without touching the object.
   */
  private parse(): number {
    const buffer = this.buffer;
    const limit = this.limit;
    let position = this.position;
    let remaining = this.remaining;
    let count = this.count;

    while (remaining === 0) {
      count = 0;
      this.position = this.mark = position;
      if (position >= limit) return 0;
      if (buffer[position] !== STAR) {
        if (!this.parseInline()) return 0;
        if (this.count > 0) return COMPLETE;
        position = this.position;
        continue;
      }
      const line = position + PLAIN_LINE <= limit ? plainLength(buffer, position) : NO_LENGTH;
      const value = line >> 4;
      if (value > 0 && value <= this.argumentLimit) {
        position += line & 15;
        remaining = value;
      } else {
        remaining = this.readCount();
        if (remaining === NO_LENGTH) return 0;
        position = this.position;
      }
      this.shrinkOffsets();
    }

    let starts = this.starts;
    let ends = this.ends;
    let length = this.bulkLength;
    do {
      if (length < 0) {
        const line =
          position + PLAIN_LINE <= limit && buffer[position] === DOLLAR
            ? plainLength(buffer, position)
            : NO_LENGTH;
        const value = line >> 4;
        if (value >= 0 && value <= this.bulkLimit) {
          position += line & 15;
          length = value;
        } else {
          this.position = position;
          this.remaining = remaining;
          this.count = count;
          this.bulkLength = -1;
          length = this.readBulkLength();
          if (length === NO_LENGTH) return 0;
          position = this.position;
        }
        if (position + length + 2 - this.mark > this.commandLimit) {
          return this.fail('query-buffer-full', 'max query buffer length reached');
        }
      }
      const end = position + length;
      if (end + 2 > limit) {
        this.position = position;
        this.remaining = remaining;
        this.count = count;
        this.bulkLength = length;
        return end + 2 - limit;
      }
      if (count === starts.length) {
        this.resizeOffsets(count * 2, count);
        starts = this.starts;
        ends = this.ends;
      }
      starts[count] = position;
      ends[count] = end;
      count++;
      position = end + 2;
      length = -1;
    } while (--remaining > 0);

    this.position = this.mark = position;
    this.remaining = 0;
    this.bulkLength = -1;
    this.count = count;
    return COMPLETE;
  }

  /** Reads a whole inline command into the offsets; false when its line has not arrived yet, or the parser failed. */
  private parseInline(): boolean {
    const { buffer, position } = this;
    const end = this.findLineEnd(LF);
    if (end < 0) {
      if (this.scanned > this.currentLimits.maxLineLength) {
        this.fail('inline-too-long', 'too big inline request');
      }
      return false;
    }
    this.count = 0;
    const textEnd = end > position && buffer[end - 1] === CR ? end - 1 : end;
    const balanced = splitInline(buffer, position, textEnd, (from, to) => {
      if (this.count === this.starts.length) this.resizeOffsets(this.count * 2, this.count);
      this.starts[this.count] = from;
      this.ends[this.count] = to;
      this.count++;
    });
    if (!balanced) {
      this.fail('unbalanced-quotes', 'unbalanced quotes in request');
      return false;
    }
    this.position = this.mark = end + 1;
    return true;
  }

  /** The strict and complete reading of a `*` line, for all that the fast path in `parse` leaves. */
  private readCount(): number {
    const end = this.findLineEnd(CR);
    if (end < 0) {
      if (this.scanned > this.currentLimits.maxLineLength) {
        this.fail('multibulk-line-too-long', 'too big mbulk count string');
      }
      return NO_LENGTH;
    }
    const value = parseInteger(this.buffer, this.position + 1, end);
    if (value === undefined || value > 0x7fffffff) {
      this.fail('invalid-multibulk-length', 'invalid multibulk length');
      return NO_LENGTH;
    }
    if (this.currentlyRestricted && value > UNAUTHENTICATED_ARGUMENTS) {
      this.fail('unauthenticated-multibulk-length', 'unauthenticated multibulk length');
      return NO_LENGTH;
    }
    if (value > this.currentLimits.maxArguments) {
      this.fail('invalid-multibulk-length', 'invalid multibulk length');
      return NO_LENGTH;
    }
    this.position = end + 2;
    return value > 0 ? Number(value) : 0;
  }

  /** The same for a `$` line. */
  private readBulkLength(): number {
    const { buffer, position } = this;
    const end = this.findLineEnd(CR);
    if (end < 0) {
      if (this.scanned > this.currentLimits.maxLineLength) {
        this.fail('bulk-line-too-long', 'too big bulk count string');
      }
      return NO_LENGTH;
    }
    if (buffer[position] !== DOLLAR) {
      const got =
        buffer[position] === CR || buffer[position] === LF ? ' ' : String.fromCharCode(buffer[position]!);
      this.fail('expected-bulk', `expected '$', got '${got}'`);
      return NO_LENGTH;
    }
    const value = parseInteger(buffer, position + 1, end);
    if (value === undefined || value < 0 || value > this.currentLimits.maxBulkLength) {
      this.fail('invalid-bulk-length', 'invalid bulk length');
      return NO_LENGTH;
    }
    if (this.currentlyRestricted && value > UNAUTHENTICATED_BULK_LENGTH) {
      this.fail('unauthenticated-bulk-length', 'unauthenticated bulk length');
      return NO_LENGTH;
    }
    this.position = end + 2;
    return Number(value);
  }

  /**
   * Index of the byte that ends the line at `position`, -1 if it has not arrived. After a carriage return one byte more
   * must be there, which is not looked at. Goes on where the last search ended, however small the reads are, and never
   * looks further than a line may be long: so the outcome is the same however the bytes are split into reads.
   */
  private findLineEnd(terminator: number): number {
    const { buffer, position, limit } = this;
    const stop = Math.min(limit, position + this.currentLimits.maxLineLength + 1);
    let end = position + this.scanned;
    while (end < stop && buffer[end] !== terminator) end++;
    const following = terminator === CR ? 1 : 0;
    if (end < stop && end + following < limit) {
      this.scanned = 0;
      return end;
    }
    // A line that is still short is searched again, because the fast path may be the one to read it then.
    this.scanned = end - position > PLAIN_LINE ? end - position : 0;
    return -1;
  }

  protected override moved(distance: number): void {
    const { starts, ends, count } = this;
    for (let i = 0; i < count; i++) {
      starts[i]! -= distance;
      ends[i]! -= distance;
    }
  }

  /** Between commands. Whoever sends nothing more must not keep megabytes for one that was long. */
  private shrinkOffsets(): void {
    if (this.starts.length <= KEPT_ARGUMENTS) return;
    this.count = 0;
    this.resizeOffsets(INITIAL_ARGUMENTS, 0);
  }

  private resizeOffsets(capacity: number, used: number): void {
    const { starts, ends } = this;
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.starts.set(starts.subarray(0, used));
    this.ends.set(ends.subarray(0, used));
  }

  private applyLimits(): void {
    const { maxArguments, maxBulkLength, maxCommandLength } = this.currentLimits;
    const restricted = this.currentlyRestricted;
    this.argumentLimit = restricted ? Math.min(maxArguments, UNAUTHENTICATED_ARGUMENTS) : maxArguments;
    this.bulkLimit = restricted ? Math.min(maxBulkLength, UNAUTHENTICATED_BULK_LENGTH) : maxBulkLength;
    this.commandLimit = maxCommandLength;
    this.forgetAhead();
  }

  /** Ends parsing for good and lets go of all bytes. */
  private fail(code: ProtocolErrorCode, reason: string): number {
    this.error = new ProtocolError(code, reason);
    this.drop();
    this.remaining = 0;
    this.bulkLength = -1;
    this.count = 0;
    return 0;
  }
}
