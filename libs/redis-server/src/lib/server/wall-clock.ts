/** Beyond this the time of day was set, and is followed; below, it is noise and slow drift. */
const STEP = 500;

/**
 * Converts between the data node's monotonic time and Unix time, in milliseconds. The difference of the two clocks is
 * kept as long as they agree, so that a time given as EXPIREAT is answered unchanged by EXPIRETIME.
 */
export class WallClock {
  readonly #unixNow: () => number;
  #offset: number;

  /** @param now the monotonic time that belongs to `unixNow()` */
  constructor(now: number, unixNow: () => number = Date.now) {
    this.#unixNow = unixNow;
    this.#offset = unixNow() - now;
  }

  /** To be added to a monotonic time to get Unix time. @param now the monotonic time */
  offset(now: number): number {
    const offset = this.#unixNow() - now;
    if (Math.abs(offset - this.#offset) > STEP) this.#offset = offset;
    return this.#offset;
  }
}
