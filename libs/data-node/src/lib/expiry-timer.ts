import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

/** Entries removed in one turn of the event loop: well under a millisecond. */
const BATCH = 500;
/** Node's timers cannot wait for more than 2^31 - 1 ms; waking up once an hour for nothing costs nothing. */
const MAX_DELAY = 3_600_000;

/**
 * Removes entries when their time has come, so that their bytes return without anybody reading them.
 *
 * One timer, set for the entry that expires first, whatever the number of entries. When many expire together, each
 * run takes a batch and the next turn of the event loop goes on.
 */
export class ExpiryTimer {
  readonly #store: Store;
  readonly #clock: Clock;
  #running = false;
  #due = Infinity;
  #cancel: (() => void) | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  start(): void {
    this.#running = true;
    this.update();
  }

  /**
   * To be called after a write that set a time. Costs a comparison, unless the first time moved forward; when it moved
   * back, the timer finds nothing to do and sets itself anew.
   */
  update(): void {
    const next = this.#store.nextExpiry();
    if (!this.#running || next >= this.#due) return;
    this.#cancel?.();
    const now = this.#clock.now();
    const delay = Math.min(Math.max(next - now, 0), MAX_DELAY);
    this.#due = now + delay;
    this.#cancel = this.#clock.schedule(delay, () => {
      this.#due = Infinity;
      this.#cancel = undefined;
      this.#store.expire(this.#clock.now(), BATCH);
      this.update();
    });
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = Infinity;
  }
}
