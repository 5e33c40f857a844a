import { addPairs, type Aggregate, elementsOf, finished, withAttributes } from './aggregate.ts';
import {
  COLON,
  COMMA,
  CR,
  DOLLAR,
  EQUALS,
  EXCLAMATION,
  GREATER,
  HASH,
  LF,
  MINUS,
  OPEN_PARENTHESIS,
  PERCENT,
  PIPE,
  PLUS,
  STAR,
  TILDE,
  UNDERSCORE,
} from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { Input } from './input.ts';
import { parseInteger } from './integer.ts';
import { replyLimits, type ReplyLimits } from './limits.ts';
import { type Reply, ReplyError, Verbatim } from './reply.ts';

const COMPLETE = -1;
const MAX_ELEMENTS = 0x7fffffff;
const COLON_AFTER_FORMAT = 3;

const DOUBLE = /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i;
const BIG_NUMBER = /^[+-]?\d+$/;
const SPECIAL_DOUBLES = new Map([
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', NaN],
  ['-nan', NaN],
]);

/**
 * Reads what a server answers, RESP2 and RESP3 alike. Pull style, as {@link RequestParser}:
 *
 *     parser.feed(networkBuffer, 0, length);
 *     while (parser.next()) handle(parser.value);
 *     if (parser.error) close(parser.error);
 *
 * Values are copies: they stay valid. Elements of an unfinished array are kept as values, not as bytes, so nothing is
 * read twice. A length that is announced allocates nothing before the bytes arrive. Streamed strings and
 * aggregates (`$?`), which Redis never sends, are an error.
 */
export class ReplyParser extends Input {
  /** The reply that `next` found. */
  value: Reply = null;
  /** Set once, when the other side broke the protocol or a limit. No further reply comes: close the connection. */
  error: ProtocolError | undefined;

  private readonly limits: ReplyLimits;
  /** Aggregates that are still open, the outermost first. */
  private readonly open: Aggregate[] = [];
  /** Attributes that belong to the next value. */
  private attributes: Map<Reply, Reply> | undefined;
  /** Type and length of a bulk whose bytes are still to come; length -1 before its line. */
  private bulkType = DOLLAR;
  private bulkLength = -1;
  /** Bytes of an unfinished line that are known not to hold its end. */
  private scanned = 0;

  /** @throws RespError invalid-option */
  constructor(limits: Partial<ReplyLimits> = {}) {
    super();
    this.limits = replyLimits(limits);
  }

  override feed(bytes: Buffer, start = 0, end = bytes.length): void {
    if (this.error === undefined) super.feed(bytes, start, end);
  }

  /** Goes on to the next reply; false when there is none (yet). */
  next(): boolean {
    if (this.carrying) this.settle();
    for (;;) {
      const missing = this.parse();
      if (missing === COMPLETE) return true;
      if (!this.extend(missing)) return false;
    }
  }

  /** Reads tokens until a reply is complete, or returns how many bytes are missing at least (0: unknown). */
  private parse(): number {
    for (;;) {
      let value: Reply | undefined;
      if (this.bulkLength < 0) {
        const end = this.findLineEnd();
        if (end < 0) return 0;
        value = this.readLine(end);
      } else {
        const end = this.position + this.bulkLength;
        if (end + 2 > this.limit) return end + 2 - this.limit;
        value = this.readBulk(end);
      }
      if (this.error !== undefined) return 0;
      if (value !== undefined && this.place(value)) return COMPLETE;
    }
  }

  /** Index of the line's CR, -1 when it has not arrived, with its LF, or the parser failed. */
  private findLineEnd(): number {
    const { buffer, position, limit } = this;
    const stop = Math.min(limit, position + this.limits.maxLineLength + 1);
    let end = position + this.scanned;
    while (end < stop && buffer[end] !== CR) end++;
    this.scanned = end - position;
    if (this.scanned > this.limits.maxLineLength) return this.fail('line too long');
    if (end + 1 >= limit) return -1;
    if (buffer[end + 1] !== LF) return this.fail('carriage return without line feed');
    this.scanned = 0;
    return end;
  }

  /** The value of a line, or undefined if it begins something longer. */
  private readLine(end: number): Reply | undefined {
    const { buffer, position } = this;
    const type = buffer[position];
    const start = position + 1;
    this.position = this.mark = end + 2;
    switch (type) {
      case PLUS:
        return buffer.toString('utf8', start, end);
      case MINUS:
        return errorOf(buffer.toString('utf8', start, end));
      case COLON:
        return parseInteger(buffer, start, end) ?? this.invalid('integer');
      case DOLLAR:
      case EXCLAMATION:
      case EQUALS:
        return this.openBulk(type, start, end);
      case STAR:
      case PERCENT:
      case TILDE:
      case GREATER:
      case PIPE:
        return this.openAggregate(type, start, end);
      case UNDERSCORE:
        return start === end ? null : this.invalid('null');
      case HASH: {
        const text = buffer.toString('latin1', start, end);
        return text === 't' ? true : text === 'f' ? false : this.invalid('boolean');
      }
      case COMMA: {
        const text = buffer.toString('latin1', start, end);
        return SPECIAL_DOUBLES.get(text) ?? (DOUBLE.test(text) ? Number(text) : this.invalid('double'));
      }
      case OPEN_PARENTHESIS: {
        const text = buffer.toString('latin1', start, end);
        return BIG_NUMBER.test(text) ? BigInt(text.replace('+', '')) : this.invalid('big number');
      }
      default:
        return this.invalid('reply type');
    }
  }

  private openBulk(type: number, start: number, end: number): null | undefined {
    const length = parseInteger(this.buffer, start, end);
    if (length === -1 && type === DOLLAR) return null;
    if (length === undefined || length < 0 || length > this.limits.maxBulkLength) {
      return this.invalid('bulk length');
    }
    this.bulkType = type;
    this.bulkLength = Number(length);
    return undefined;
  }

  private readBulk(end: number): Reply | undefined {
    const { buffer, position, bulkType } = this;
    if (buffer[end] !== CR || buffer[end + 1] !== LF) return this.invalid('end of a bulk');
    this.position = this.mark = end + 2;
    this.bulkLength = -1;
    if (bulkType === EXCLAMATION) return errorOf(buffer.toString('utf8', position, end));
    if (bulkType === DOLLAR) return Buffer.from(buffer.subarray(position, end));

    const textStart = position + COLON_AFTER_FORMAT + 1;
    if (textStart > end || buffer[textStart - 1] !== COLON) return this.invalid('verbatim string');
    const format = buffer.toString('latin1', position, textStart - 1);
    return new Verbatim(format, Buffer.from(buffer.subarray(textStart, end)));
  }

  private openAggregate(type: number, start: number, end: number): Reply | undefined {
    const length = parseInteger(this.buffer, start, end);
    if (length === -1 && type === STAR) return null;
    if (length === undefined || length < 0 || length > MAX_ELEMENTS) return this.invalid('array length');
    if (this.open.length === this.limits.maxDepth) return this.invalid('nesting: too deep');
    const aggregate: Aggregate = {
      type,
      items: [],
      remaining: elementsOf(type, Number(length)),
      attributes: this.attributes,
    };
    this.attributes = undefined;
    this.open.push(aggregate);
    return aggregate.remaining === 0 ? this.close(aggregate) : undefined;
  }

  /** Puts a value where it belongs; true when that completes the reply. */
  private place(value: Reply): boolean {
    let current: Reply | undefined = withAttributes(value, this.attributes);
    this.attributes = undefined;
    while (current !== undefined) {
      const parent = this.open.at(-1);
      if (parent === undefined) {
        this.value = current;
        return true;
      }
      parent.items.push(current);
      current = --parent.remaining === 0 ? this.close(parent) : undefined;
    }
    return false;
  }

  /** Ends the innermost aggregate. Attributes are no value: they wait, with those before them, for the next one. */
  private close({ type, items, attributes }: Aggregate): Reply | undefined {
    this.open.pop();
    if (type !== PIPE) return withAttributes(finished(type, items), attributes);
    this.attributes = addPairs(items, attributes ?? new Map<Reply, Reply>());
    return undefined;
  }

  /** Fails, and gives what can stand for a value that nobody will see. */
  private invalid(what: string): null {
    this.fail(`invalid ${what}`);
    return null;
  }

  /** Ends parsing for good and lets go of all bytes and values. */
  private fail(reason: string): -1 {
    this.error = new ProtocolError('invalid-reply', reason);
    this.drop();
    this.open.length = 0;
    this.attributes = undefined;
    this.bulkLength = -1;
    return -1;
  }
}

function errorOf(message: string): ReplyError {
  const space = message.indexOf(' ');
  return new ReplyError(space < 0 ? message : message.slice(0, space), message);
}
