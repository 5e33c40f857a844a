import type { Clock } from './clock.ts';

/** Does a piece of its work, some milliseconds at most. Returns whether there is more. */
export type Work = () => boolean;

const shared = new WeakMap<Clock, SharedTurns>();

/**
 * Work in the background that gives way to everything else: each turn of the event loop does one piece of it, whoever
 * it belongs to. So the data nodes of one process, which share a clock, take no more of a turn than one does.
 */
export class SharedTurns {
  readonly #clock: Clock;
  readonly #waiting: Work[] = [];
  #scheduled = false;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those of everyone on this clock. */
  static of(clock: Clock): SharedTurns {
    let turns = shared.get(clock);
    if (turns === undefined) shared.set(clock, (turns = new SharedTurns(clock)));
    return turns;
  }

  /** Calls `work` once a turn, in turn with that of others, until it says that there is no more. */
  add(work: Work): void {
    this.#waiting.push(work);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.#clock.schedule(0, () => {
      this.#scheduled = false;
      const work = this.#waiting.shift();
      try {
        if (work?.()) this.#waiting.push(work);
      } finally {
        this.#schedule();
      }
    });
  }
}
