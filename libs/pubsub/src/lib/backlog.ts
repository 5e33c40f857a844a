interface Waiting {
  readonly frame: Uint8Array;
  next: Waiting | undefined;
}

/**
 * The frames that wait for one subscriber, bounded in number and in bytes. When it is full the oldest go, because news
 * is worth more than history; so whatever was dropped stood directly before the oldest frame that is left, and one
 * counter says both how many and where. A linked list, so that dropped memory is free at once.
 */
export class Backlog {
  readonly #limit: number;
  readonly #limitBytes: number;
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  #count = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(limit: number, limitBytes: number) {
    this.#limit = limit;
    this.#limitBytes = limitBytes;
  }

  push(frame: Uint8Array): void {
    const waiting: Waiting = { frame, next: undefined };
    if (this.#newest) this.#newest.next = waiting;
    else this.#oldest = waiting;
    this.#newest = waiting;
    this.#count++;
    this.#bytes += frame.length;
    // The newest stays, however large: a message over the byte limit would never arrive otherwise.
    while (this.#count > 1 && (this.#count > this.#limit || this.#bytes > this.#limitBytes)) {
      this.shift();
      this.#dropped++;
    }
  }

  /** Takes the oldest frame. What was dropped before it has to be asked for first: {@link takeDropped}. */
  shift(): Uint8Array | undefined {
    const waiting = this.#oldest;
    if (!waiting) return undefined;
    this.#oldest = waiting.next;
    if (!waiting.next) this.#newest = undefined;
    this.#count--;
    this.#bytes -= waiting.frame.length;
    return waiting.frame;
  }

  /** How many frames were dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  clear(): void {
    this.#oldest = this.#newest = undefined;
    this.#count = this.#bytes = this.#dropped = 0;
  }
}
