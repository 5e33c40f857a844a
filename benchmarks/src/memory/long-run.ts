import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OffHeapStore } from '@distributed-cache/store';
import { StoreDriver } from './store-driver.ts';
import { WaitingTime } from './waiting-time.ts';

/** As many as come with one read event of a pipelining client. */
const OPERATIONS_PER_TURN = 1024;
/** So few that what they waited together is what one of them waited, if one took long. */
const OPERATIONS_PER_SAMPLE = 64;
/** Without a factor of 2 or 5: its multiples visit every entry once, none near the last one. */
const STRIDE = 7_368_787;

export interface Phase {
  readonly name: string;
  /**
   * Milliseconds of the longest operation, less those in which the operating system let this thread wait while the
   * processor ran something else. Garbage collections and the work of the compiler are part of it.
   */
  readonly longest: number;
  /** By the clock alone. */
  readonly longestByClock: number;
  /** Of the event loop, beyond the timer of one millisecond that measures it; other processes take part in it. */
  readonly delay: { readonly p50: number; readonly p999: number; readonly max: number };
}

export interface LongRun {
  readonly phases: readonly Phase[];
  /** Bytes of JavaScript objects before and after, garbage collected. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly bytesPerEntry: number;
}

/** Fills a store, then reads every entry of it in another order, a few operations in each turn of the event loop. */
export async function longRun(entries: number, valueBytes: number, maxBytes: number): Promise<LongRun> {
  const heapBefore = heapUsed();
  const store = new OffHeapStore({ maxBytes });
  const driver = new StoreDriver(store, valueBytes);
  const phases = [
    await measure('fill', entries, (i) => {
      driver.put(i);
    }),
    await measure('read', entries, (i) => {
      driver.read((i * STRIDE) % entries);
    }),
  ];
  if (store.entries !== entries) throw new Error(`the store holds ${store.entries} of ${entries} entries`);
  return { phases, heapBefore, heapAfter: heapUsed(), bytesPerEntry: store.bytes / entries };
}

async function measure(name: string, count: number, operation: (i: number) => void): Promise<Phase> {
  const waiting = new WaitingTime();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let longest = 0;
  let longestByClock = 0;
  for (let i = 0; i < count;) {
    for (const turnEnd = Math.min(i + OPERATIONS_PER_TURN, count); i < turnEnd;) {
      const waitedBefore = waiting.milliseconds();
      let longestHere = 0;
      let before = performance.now();
      for (const end = Math.min(i + OPERATIONS_PER_SAMPLE, turnEnd); i < end; i++) {
        operation(i);
        const after = performance.now();
        if (after - before > longestHere) longestHere = after - before;
        before = after;
      }
      longestByClock = Math.max(longestByClock, longestHere);
      longest = Math.max(longest, longestHere - (waiting.milliseconds() - waitedBefore));
    }
    await turnOfTheLoop();
  }
  delay.disable();
  waiting.close();
  return { name, longest, longestByClock, delay: quantiles(delay) };
}

function quantiles(histogram: IntervalHistogram): Phase['delay'] {
  const milliseconds = (nanoseconds: number): number => Math.max(nanoseconds / 1e6 - 1, 0);
  return {
    p50: milliseconds(histogram.percentile(50)),
    p999: milliseconds(histogram.percentile(99.9)),
    max: milliseconds(histogram.max),
  };
}

/** Of live objects. Memory of ArrayBuffers, where the entries lie, is not part of it. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  // Memory of ArrayBuffers is given back on another thread, for which the next collection waits.
  collect();
  return process.memoryUsage().heapUsed;
}
