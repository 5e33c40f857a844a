import { short } from './mode.ts';

const ROUNDS = short ? 1 : 5;
const ROUND_MILLISECONDS = short ? 20 : 500;

/** Takes in all results. Exported, so that no compiler may leave out the work as unused. */
export let sink = 0;

/**
 * Operations per second of processor time of `batch`, which does `operations` of them, synchronously, and returns a
 * number made from their results: the median of some rounds, after one that warms up. Processor time, because other
 * processes on the machine would otherwise take part in the figure.
 */
export function perSecond(operations: number, batch: () => number): number {
  const round = (): number => {
    const start = processorMilliseconds();
    let batches = 0;
    let now = start;
    for (; now - start < ROUND_MILLISECONDS; now = processorMilliseconds()) {
      sink ^= batch();
      batches++;
    }
    return (batches * operations * 1000) / (now - start);
  };
  round();
  return median(Array.from({ length: ROUNDS }, round));
}

export function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
