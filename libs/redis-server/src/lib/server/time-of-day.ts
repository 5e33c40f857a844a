/** Further ahead than this, in milliseconds, the time of day was set back; that is followed. */
const SET_BACK = 100;

/**
 * Unix time in microseconds. The system tells whole milliseconds, the monotonic clock far smaller ones from an unknown start:
 * the latter counts, and the former says where it stands. Answers never go back unless the time of day does.
 */
export class TimeOfDay {
  readonly #unixNow: () => number;
  readonly #now: () => number;
  /** The most by which Unix time was seen ahead: whole milliseconds are never too late. */
  #offset = -Infinity;

  constructor(unixNow: () => number = Date.now, now: () => number = () => performance.now()) {
    this.#unixNow = unixNow;
    this.#now = now;
  }

  microseconds(): number {
    // In this order: a thread that has to wait in between finds Unix time too early, which is no reason to go back.
    const unix = this.#unixNow();
    const now = this.#now();
    const offset = unix - now;
    if (offset > this.#offset || offset < this.#offset - SET_BACK) this.#offset = offset;
    return Math.floor((now + this.#offset) * 1000);
  }
}
