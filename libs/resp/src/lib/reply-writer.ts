import {
  COLON,
  COMMA,
  CR,
  DOLLAR,
  EQUALS,
  GREATER,
  HASH,
  LF,
  MINUS,
  OPEN_PARENTHESIS,
  PERCENT,
  PLUS,
  STAR,
  TILDE,
  UNDERSCORE,
} from './bytes.ts';
import { formatDouble } from './double.ts';
import { OutputBuffer } from './output.ts';

/**
 * Writes the answers to a client, in the version of the protocol that it speaks: what RESP2 does not know is written
 * as Redis writes it there. Allocates nothing for an answer, but for those of text.
 *
 * A store can write a value straight into an answer: `open` returns the offset for it (see {@link OutputBuffer.open}).
 */
export class ReplyWriter extends OutputBuffer {
  /** Set it before the answers to a client whose `HELLO` asked for another one. */
  protocol: 2 | 3 = 2;

  /** Only for text without line ends. For those that are sent often, see {@link simpleReply}. */
  simple(text: string): void {
    this.textLine(PLUS, text);
  }

  /**
   * @param text begins with the error's code, as in `ERR syntax error`. Each character is one byte (latin1), so bytes
   *   of the client's that it quotes stay as they are; line ends become spaces, and those at the end go.
   */
  error(text: string): void {
    let end = text.length;
    while (end > 0 && isLineEnd(text.charCodeAt(end - 1))) end--;
    this.textLine(MINUS, text.slice(0, end).replace(/[\r\n]/g, ' '));
  }

  /** Any integer. @throws RespError not-an-integer for a number that is none */
  integer(value: number | bigint): void {
    this.line(COLON, value);
  }

  /** The absence of a value. RESP2: a null bulk. */
  null(): void {
    if (this.protocol === 3) this.nullLine();
    else this.line(DOLLAR, -1);
  }

  /** The absence of an array, such as the answer to an aborted EXEC. RESP2: a null array. */
  nullArray(): void {
    if (this.protocol === 3) this.nullLine();
    else this.line(STAR, -1);
  }

  /** The next `length` answers are its elements. */
  array(length: number): void {
    this.line(STAR, length);
  }

  /** The next `2 * size` answers are its keys and values in turn. RESP2: an array of them. */
  map(size: number): void {
    if (this.protocol === 3) this.line(PERCENT, size);
    else this.line(STAR, 2 * size);
  }

  /** The next `size` answers are its elements. RESP2: an array. */
  set(size: number): void {
    this.line(this.protocol === 3 ? TILDE : STAR, size);
  }

  /** The next `length` answers are a message outside of question and answer. RESP2: an array. */
  push(length: number): void {
    this.line(this.protocol === 3 ? GREATER : STAR, length);
  }

  /**
   * Makes an array of the `length` answers that were written since the output was `at` bytes long: for those that can
   * only be counted while they are written. Costs a move of their bytes.
   */
  wrapArray(at: number, length: number): void {
    const end = this.length;
    this.line(STAR, length);
    if (this.overflowed) return;
    const header = this.length - end;
    const { buffer } = this;
    const line = buffer.toString('latin1', end, this.length);
    buffer.copyWithin(at + header, at, end);
    buffer.write(line, at, 'latin1');
  }

  /** RESP2: a bulk string. */
  double(value: number): void {
    if (this.protocol === 3) this.textLine(COMMA, formatDouble(value));
    else this.bulkText(formatDouble(value));
  }

  /** RESP2: the integer 1 or 0. */
  boolean(value: boolean): void {
    if (this.protocol === 3) this.textLine(HASH, value ? 't' : 'f');
    else this.line(COLON, value ? 1 : 0);
  }

  /** An integer of any size. RESP2: a bulk string. */
  bigNumber(value: bigint): void {
    if (this.protocol === 3) this.textLine(OPEN_PARENTHESIS, String(value));
    else this.bulkText(String(value));
  }

  /** Text for people, as of INFO. RESP2: a bulk string. @param format three letters: `txt` or `mkd` */
  verbatim(text: string, format: 'txt' | 'mkd' = 'txt'): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    const length = Buffer.byteLength(text) + 4;
    this.line(EQUALS, length);
    this.reserve(length + 2);
    const { buffer } = this;
    let at = this.length;
    at += buffer.write(`${format}:`, at, 'latin1');
    at += buffer.write(text, at);
    buffer[at] = CR;
    buffer[at + 1] = LF;
    this.length = at + 2;
  }

  private nullLine(): void {
    this.reserve(3);
    const { buffer, length } = this;
    buffer[length] = UNDERSCORE;
    buffer[length + 1] = CR;
    buffer[length + 2] = LF;
    this.length = length + 3;
  }
}

function isLineEnd(code: number): boolean {
  return code === CR || code === LF;
}

/** The bytes of a simple string, to be sent often with {@link OutputBuffer.raw}. */
export function simpleReply(text: string): Buffer {
  const writer = new ReplyWriter();
  writer.simple(text);
  return writer.take();
}

/** The bytes of an error, to be sent often with {@link OutputBuffer.raw}. */
export function errorReply(text: string): Buffer {
  const writer = new ReplyWriter();
  writer.error(text);
  return writer.take();
}
