import { closeSync, openSync, readSync } from 'node:fs';

const NANOSECONDS = 1e6;

/**
 * How long this thread has been able to run but has not run, because the processor was busy with other threads: the
 * second number of Linux' `schedstat`. Cheap enough to be read around a few operations.
 */
export class WaitingTime {
  readonly #file = openSync('/proc/thread-self/schedstat', 'r');
  readonly #text = Buffer.alloc(128);

  /** Since the thread began. */
  milliseconds(): number {
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.toString('latin1', 0, length).split(' ')[1]) / NANOSECONDS;
  }

  close(): void {
    closeSync(this.#file);
  }
}
