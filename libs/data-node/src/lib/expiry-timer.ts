import { type Clock, SharedTurns } from '@distributed-cache/runtime';
import type { Store } from '@distributed-cache/store';

/** Milliseconds of one turn of the event loop that go into the removal of entries at least, */
const SLICE = 1;
/** and how many are removed between two looks at the clock: some tenths of a millisecond. */
const BATCH = 100;
/** Node's timers cannot wait for more than 2^31 - 1 ms; waking up once an hour for nothing costs nothing. */
const MAX_DELAY = 3_600_000;

/**
 * Removes entries when their time has come, so that their bytes return without anybody reading them.
 *
 * One timer, set for the entry that expires first, whatever the number of entries. When many expire together, each turn
 * of the event loop removes as many as it can in {@link SLICE}, and gives way to what clients ask.
 */
export class ExpiryTimer {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #turns: SharedTurns;
  #running = false;
  /** Entries are being removed, turn by turn. */
  #working = false;
  #due = Infinity;
  #cancel: (() => void) | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#turns = SharedTurns.of(clock);
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
    if (!this.#running || this.#working || next >= this.#due) return;
    this.#cancel?.();
    const now = this.#clock.now();
    const delay = Math.min(Math.max(next - now, 0), MAX_DELAY);
    this.#due = now + delay;
    this.#cancel = this.#clock.schedule(delay, () => {
      this.#due = Infinity;
      this.#cancel = undefined;
      this.#working = true;
      this.#turns.add(this.#removeSome);
    });
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = Infinity;
  }

  /** Returns whether more are due. */
  readonly #removeSome = (): boolean => {
    const start = this.#clock.now();
    let now = start;
    while (this.#running && now - start < SLICE) {
      const removed = this.#store.expire(now, BATCH);
      if (removed < BATCH) break;
      now = this.#clock.now();
    }
    this.#working = this.#running && this.#store.nextExpiry() <= now;
    this.update();
    return this.#working;
  };
}
