import type { Clock } from './clock.ts';

interface Task {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  #now = 0;
  #tasks: Task[] = [];

  /** Tasks that have neither run nor been cancelled. */
  get pending(): number {
    return this.#tasks.length;
  }

  now(): number {
    return this.#now;
  }

  schedule(delay: number, run: () => void): () => void {
    const task = { due: this.#now + delay, run };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  /** Moves time forward, running what falls due on the way. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (;;) {
      const [next] = [...this.#tasks].sort((a, b) => a.due - b.due);
      if (next === undefined || next.due > target) break;
      this.#tasks = this.#tasks.filter((task) => task !== next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = target;
  }

  /** Time passes and nothing runs. */
  jump(ms: number): void {
    this.#now += ms;
  }
}
