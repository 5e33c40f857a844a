import type { ReplyWriter } from '@distributed-cache/resp';

/** So many bytes of answers do not wait any longer. */
const FULL = 64 * 1024;

/** Who gets answers. */
export interface Recipient {
  /** Sends bytes; returns whether they are needed any longer. */
  write(bytes: Buffer): boolean;
}

/**
 * The answers of one turn of the event loop, to all clients, in one buffer: they leave at its end, when all that had
 * arrived has been read and carried out (as in Redis, `beforeSleep`).
 *
 * **Why.** A write wakes up whoever sleeps at the other end. A program with many connections that is woken by the first
 * of the answers comes to fetch it, finds no other and sleeps again, and the second write has to wake it once more: with
 * 50 connections that took a tenth of the server's time, and as much of the client's.
 */
export class Outbox {
  /** Where answers are written, behind those that wait. */
  readonly out: ReplyWriter;
  readonly #recipients: (Recipient | undefined)[] = [];
  /** Where each one's answers end; they begin where those before end. */
  readonly #ends: number[] = [];
  /** Something of the buffer was sent, and must stay as it is. */
  #inUse = false;
  #scheduled = false;

  constructor(out: ReplyWriter) {
    this.out = out;
  }

  /** What was written since the last call is this one's. */
  add(recipient: Recipient): void {
    const end = this.out.length;
    if (end === this.#end) return;
    this.#recipients.push(recipient);
    this.#ends.push(end);
    if (end >= FULL) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  /** Forgets what was written since the last `add`. */
  discard(): void {
    this.out.length = this.#end;
  }

  /** Sends what waits for this one, now. There may be answers under way. */
  flushTo(recipient: Recipient): void {
    for (let i = 0; i < this.#recipients.length; i++) {
      if (this.#recipients[i] !== recipient) continue;
      this.#recipients[i] = undefined;
      this.#send(recipient, i);
    }
  }

  /** Sends all that waits. There must be no answer under way. */
  flush(): void {
    const recipients = this.#recipients;
    for (let i = 0; i < recipients.length; i++) {
      const recipient = recipients[i];
      if (recipient !== undefined) this.#send(recipient, i);
    }
    recipients.length = this.#ends.length = 0;
    if (this.#inUse) this.out.detach();
    else this.out.reset();
    this.#inUse = false;
  }

  readonly #onTurnEnd = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  get #end(): number {
    return this.#ends.length === 0 ? 0 : this.#ends[this.#ends.length - 1]!;
  }

  #send(recipient: Recipient, i: number): void {
    const start = i === 0 ? 0 : this.#ends[i - 1]!;
    if (recipient.write(this.out.buffer.subarray(start, this.#ends[i]))) this.#inUse = true;
  }
}
