import type { ReplyWriter } from '@distributed-cache/resp';

/**
 * CLIENT REPLY: which answers a client does not want.
 *
 * Commands write them as ever, and they are taken back. A transaction may turn answers off and on between its commands, and
 * some are sent all the same, so what is taken back is not always a whole command's: it begins where answers were last
 * wanted.
 */
export class Muting {
  /** Answers are off, or are to be skipped: commands need `begin` and `end`. */
  active = false;
  readonly #out: ReplyWriter;
  #off = false;
  /** The answer to the command under way is not wanted. */
  #skip = false;
  /** That to the next one is not. */
  #skipNext = false;
  /** Where unwanted answers begin; -1 when no command is under way that may have some. */
  #from = -1;

  constructor(out: ReplyWriter) {
    this.#out = out;
  }

  begin(): void {
    this.#set(this.#off, this.#skipNext, false);
    this.#from = this.#out.length;
  }

  /** Returns whether the answer is unwanted, also if it comes later. */
  end(): boolean {
    this.takeBack();
    const muted = this.#muted;
    this.#set(this.#off, false, this.#skipNext);
    this.#from = -1;
    return muted;
  }

  takeBack(): void {
    if (this.#muted && this.#from >= 0) this.#out.length = this.#from;
  }

  /** What was written since `takeBack` is wanted all the same. */
  keep(): void {
    if (this.#muted) this.#from = this.#out.length;
  }

  // The modes.

  on(): void {
    this.takeBack();
    this.#set(false, false, this.#skipNext);
  }

  off(): void {
    this.takeBack();
    this.#set(true, this.#skip, this.#skipNext);
    this.keep();
  }

  skipNext(): void {
    if (!this.#off) this.#set(false, this.#skip, true);
  }

  /** RESET. As in Redis, its own answer may be skipped. */
  reset(): void {
    this.takeBack();
    this.#set(false, this.#skip, false);
  }

  /** The answer that is written now is not wanted. */
  get #muted(): boolean {
    return this.#off || this.#skip;
  }

  #set(off: boolean, skip: boolean, skipNext: boolean): void {
    this.#off = off;
    this.#skip = skip;
    this.#skipNext = skipNext;
    this.active = off || skip || skipNext;
  }
}
