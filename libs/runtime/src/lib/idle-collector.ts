import { Session } from 'node:inspector';
import type { Clock } from './clock.ts';

/** How often to look, in milliseconds. */
const INTERVAL = 1_000;
/** The event loop had nothing to do for so much of the time that a pause of some hundredths of a second hurts nobody. */
const CALM = 0.8;
/** Bytes that are worth a collection. */
const WORTH_WHILE = 24 * 2 ** 20;
/** After one, what is still there may be garbage soon: it is looked at again so many intervals later. */
const AGAIN_AFTER = [15, 30, 60];

/** What the collector sees and does, as a test needs it. */
export interface Memory {
  /** Bytes of the heap and of buffers outside of it, garbage included. */
  used(): number;
  /** Which part of the time since the last call the event loop was idle, 0 to 1. */
  idle(): number;
  /** Collects all garbage, now or soon; then calls back. */
  collect(done: () => void): void;
}

/**
 * Gives memory back after a storm. V8 collects when it allocates, so what a storm leaves behind (buffers of commands
 * that were large, of messages and answers) stays for as long as nothing much happens: a node of 64 MB kept 1.1 GB for
 * good. This asks for a full collection once memory has grown, and the process is calm.
 */
export class IdleCollector {
  readonly #clock: Clock;
  readonly #memory: Memory;
  /** What was in use after the last collection, */
  #floor: number;
  /** and at first. */
  readonly #base: number;
  /** Of {@link AGAIN_AFTER}, how many are over. */
  #repeated = AGAIN_AFTER.length;
  #intervals = 0;
  #cancel: (() => void) | undefined;

  /** @param memory default: this process's */
  constructor(clock: Clock, memory: Memory = processMemory()) {
    this.#clock = clock;
    this.#memory = memory;
    this.#base = this.#floor = memory.used();
  }

  start(): void {
    this.#cancel = this.#clock.schedule(INTERVAL, () => {
      if (this.#isDue()) this.#collect();
      else this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #isDue(): boolean {
    const calm = this.#memory.idle() >= CALM;
    const used = this.#memory.used();
    this.#floor = Math.min(this.#floor, used);
    this.#intervals++;
    if (!calm) return false;
    if (used - this.#floor >= WORTH_WHILE) {
      this.#repeated = 0;
      return true;
    }
    const again = AGAIN_AFTER[this.#repeated];
    if (used - this.#base < WORTH_WHILE || again === undefined || this.#intervals < again) return false;
    this.#repeated++;
    return true;
  }

  #collect(): void {
    this.#cancel = () => undefined;
    this.#memory.collect(() => {
      this.#intervals = 0;
      this.#floor = this.#memory.used();
      if (this.#cancel !== undefined) this.start();
    });
  }
}

/** The memory of this process. */
export function processMemory(): Memory {
  let last = performance.eventLoopUtilization();
  return {
    used: () => {
      const { heapTotal, external } = process.memoryUsage();
      return heapTotal + external;
    },
    idle: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return 1 - utilization;
    },
    collect,
  };
}

/**
 * The way to ask for it that Node documents: no flag is needed, as `gc()` does. The session ends after its call has
 * returned: within it, Node 20 waits for a lock that it holds itself, for ever.
 */
function collect(done: () => void): void {
  const session = new Session();
  session.connect();
  session.post('HeapProfiler.collectGarbage', () => {
    setImmediate(() => {
      session.disconnect();
      done();
    });
  });
}
