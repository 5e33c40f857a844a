import type { EventClock } from '@distributed-cache/runtime';
import { WallClock } from './wall-clock.ts';

/** The time of the data nodes' clock, which entries expire by, and its relation to Unix time, which clients speak of. */
export class ServerTime {
  readonly #clock: EventClock;
  readonly #wallClock: WallClock;

  constructor(clock: EventClock, unixNow?: () => number) {
    this.#clock = clock;
    this.#wallClock = new WallClock(clock.now(), unixNow);
  }

  now(): number {
    return this.#clock.now();
  }

  /** Milliseconds of Unix time for a time of the data nodes' clock. */
  toUnix(time: number): number {
    return Math.round(time + this.offset());
  }

  /** The other way. */
  fromUnix(unix: number): number {
    return unix - this.offset();
  }

  /** What is added to a time of the data nodes' clock to get Unix time. */
  offset(): number {
    return this.#wallClock.offset(this.#clock.now());
  }
}
