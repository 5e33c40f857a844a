import type { Row } from './comparison.ts';

export interface Verdict {
  readonly text: string;
  readonly kept: boolean;
}

/** The dataset whose throughput is promised. */
const PROMISED = { keys: 100_000, valueBytes: 3 };

/** Least share of redis-server's requests per second, by pipeline. */
const LEAST_RATIO: Readonly<Record<number, number>> = { 1: 0.95, 16: 0.95, 64: 1.2 };

/** p99.9 without pipelining is at most this multiple of redis-server's, for few entries and for many. */
const MOST_LATENCY = 3;
const LATENCY_KEYS = [100_000, 5_000_000];

/** What is promised of this row, and whether it was kept. Promises are about one data node. */
export function judge({ app, keys, valueBytes, pipeline, command, redis, ours }: Row): Verdict[] {
  if (app !== 'data-node-server') return [];
  const verdicts: Verdict[] = [];
  const name = `${command.toUpperCase()}, ${keys.toLocaleString('en')} keys, ${valueBytes} bytes, pipeline ${pipeline}`;
  const least = LEAST_RATIO[pipeline];
  if (keys === PROMISED.keys && valueBytes === PROMISED.valueBytes && least !== undefined) {
    const ratio = ours.requestsPerSecond / redis.requestsPerSecond;
    // What the load limits says little: the CPU time beside it says what the servers would do under more.
    const limited =
      redis.limitedRounds + ours.limitedRounds > 0
        ? ` (some rounds limited by the load; by CPU time ${(redis.cpuMicroseconds / ours.cpuMicroseconds).toFixed(2)})`
        : '';
    verdicts.push({
      text: `${name}: ${ratio.toFixed(2)} of redis-server's requests/s${limited}; at least ${least} is promised`,
      kept: ratio >= least,
    });
  }
  if (LATENCY_KEYS.includes(keys) && valueBytes === PROMISED.valueBytes && pipeline === 1) {
    const multiple = ours.p999 / redis.p999;
    verdicts.push({
      text: `${name}: p99.9 is ${multiple.toFixed(2)} times redis-server's; at most ${MOST_LATENCY} is promised`,
      kept: multiple <= MOST_LATENCY,
    });
  }
  return verdicts;
}
