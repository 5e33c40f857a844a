import { setImmediate as eventLoopTurn } from 'node:timers/promises';

import { invalid, TestKitError } from './errors.ts';
import { must } from './must.ts';

interface ScheduledTask {
  readonly due: number;
  readonly run: () => void;
}

/** More tasks than this at one instant are a loop: each schedules the next with no delay. */
const MAX_TASKS_PER_INSTANT = 100_000;

/**
 * A clock that a test moves by hand; the same shape as `Clock` of `@distributed-cache/data-node`.
 *
 * Time stands still until `advance`, `advanceTo`, `advanceAsync` or `jump` is called. Due tasks run in order of
 * their time, ties in the order in which they were scheduled, and each sees its own time in `now()`. Tasks that tasks
 * schedule take part. A task that throws does not keep the others from running: the call throws afterwards, the one
 * error itself or an `AggregateError` of several.
 *
 * A task may move the clock itself (`jump`: "this took 5 ms"); time never goes backwards.
 */
export class ManualClock {
  #now: number;
  /** In the order in which they will run. */
  readonly #tasks: ScheduledTask[] = [];

  /** @param start first answer of `now()`, in milliseconds */
  constructor(start = 0) {
    if (!Number.isFinite(start)) throw invalid('start', 'a finite number of milliseconds', start);
    this.#now = start;
  }

  /** Milliseconds. A function value, so that it can be handed on alone: `{ now: clock.now }`. */
  readonly now = (): number => this.#now;

  /** Scheduled tasks that have neither run nor been cancelled: a leak check for the end of a test. */
  get pending(): number {
    return this.#tasks.length;
  }

  /** When the next task is due; undefined when none is. May be in the past after `jump`. */
  get nextDue(): number | undefined {
    return this.#tasks[0]?.due;
  }

  /**
   * Runs `task` once, `delay` milliseconds from now (a negative delay counts as 0), when the clock is advanced.
   * Returns a function that cancels it; after the task has run that does nothing.
   */
  readonly schedule = (delay: number, task: () => void): (() => void) => {
    if (!Number.isFinite(delay)) throw invalid('delay', 'a finite number of milliseconds', delay);
    const scheduled = { due: this.#now + Math.max(0, delay), run: task };
    this.#tasks.splice(this.#endOf(scheduled.due), 0, scheduled);
    return () => {
      const at = this.#tasks.indexOf(scheduled);
      if (at >= 0) this.#tasks.splice(at, 1);
    };
  };

  /** Moves time forward by `ms`, running what falls due on the way. `advance(0)` runs what is due already. */
  advance(ms: number): void {
    this.advanceTo(this.#now + checkedStep(ms));
  }

  /** As `advance`, to a point in time, which must not lie in the past. */
  advanceTo(time: number): void {
    const round = new Round(this.#checkedTarget(time));
    for (let task = this.#takeDue(round); task !== undefined; task = this.#takeDue(round)) round.run(task);
    this.#arrive(round);
  }

  /**
   * As `advance`, and lets one turn of the event loop pass before the first task, after each task and at the end, so
   * that promise callbacks (and what they schedule) take part at the time at which they belong.
   */
  async advanceAsync(ms: number): Promise<void> {
    const round = new Round(this.#now + checkedStep(ms));
    await eventLoopTurn();
    for (let task = this.#takeDue(round); task !== undefined; task = this.#takeDue(round)) {
      round.run(task);
      await eventLoopTurn();
    }
    const before = this.#now;
    this.#arrive(round);
    if (this.#now !== before) await eventLoopTurn();
  }

  /**
   * Time passes and nothing runs: an event loop that was blocked, a process that was suspended. What fell due meanwhile
   * runs late, at the next `advance` (`advance(0)` for at once), and sees the new time.
   */
  jump(ms: number): void {
    this.#now += checkedStep(ms);
  }

  #checkedTarget(time: number): number {
    if (!Number.isFinite(time) || time < this.#now) {
      throw invalid('time', `a finite number of milliseconds, ${this.#now} (now) or later`, time);
    }
    return time;
  }

  /** Where a task that is due then goes: behind all that run earlier or at the same time. */
  #endOf(due: number): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (must(this.#tasks[middle]).due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #takeDue(round: Round): ScheduledTask | undefined {
    const next = this.#tasks[0];
    if (next === undefined || next.due > round.target) return undefined;
    round.countAt(Math.max(this.#now, next.due));
    this.#tasks.shift();
    this.#now = Math.max(this.#now, next.due);
    return next;
  }

  #arrive(round: Round): void {
    this.#now = Math.max(this.#now, round.target);
    round.throwFailures();
  }
}

/** One call of `advance`: how far it goes, and what went wrong on the way. */
class Round {
  readonly #failures: unknown[] = [];
  #instant = Number.NaN;
  #tasksInInstant = 0;

  constructor(readonly target: number) {}

  run(task: ScheduledTask): void {
    try {
      task.run();
    } catch (error) {
      this.#failures.push(error);
    }
  }

  countAt(instant: number): void {
    this.#tasksInInstant = instant === this.#instant ? this.#tasksInInstant + 1 : 1;
    this.#instant = instant;
    if (this.#tasksInInstant > MAX_TASKS_PER_INSTANT) {
      throw new TestKitError(
        'RUNAWAY_TASKS',
        `more than ${MAX_TASKS_PER_INSTANT} tasks ran at ${instant} ms: tasks keep scheduling tasks without delay`,
      );
    }
  }

  throwFailures(): void {
    if (this.#failures.length === 1) throw this.#failures[0];
    if (this.#failures.length > 1) {
      throw new AggregateError(this.#failures, `${this.#failures.length} scheduled tasks threw`);
    }
  }
}

function checkedStep(ms: number): number {
  if (!Number.isFinite(ms) || ms < 0) throw invalid('ms', 'a finite number of milliseconds, 0 or more', ms);
  return ms;
}
