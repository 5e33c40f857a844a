import { systemClock, type Clock } from './clock.ts';

/**
 * A clock that can be held while one read event is worked on: its commands share one reading of the time, as in Redis,
 * and cost none each.
 */
export class EventClock implements Clock {
  readonly #clock: Clock;
  #held = 0;
  #isHeld = false;

  /** @param clock what is held; default the process's monotonic clock */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#isHeld ? this.#held : this.#clock.now();
  }

  schedule(delay: number, task: () => void): () => void {
    return this.#clock.schedule(delay, task);
  }

  /** Reads the time, and stands still until `release`. */
  hold(): void {
    this.#held = this.#clock.now();
    this.#isHeld = true;
  }

  /** Reads the time anew, if it stands still. */
  moveOn(): void {
    if (this.#isHeld) this.#held = this.#clock.now();
  }

  release(): void {
    this.#isHeld = false;
  }
}
