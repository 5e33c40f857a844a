import { once } from 'node:events';
import { must } from '@distributed-cache/test-kit';
import type { Dataset } from '../fill.ts';
import { type CpuShares, cpuSeconds, LOAD_CORE, spawnPinned } from '../process.ts';
import type { CommandName } from './options.ts';

/** As many as redis-benchmark opens by itself. */
const CONNECTIONS = 50;
const SAMPLE_MILLISECONDS = 50;

export interface Drive extends Dataset {
  readonly port: number;
  /** Process id of the server. */
  readonly pid: number;
  readonly command: CommandName;
  readonly pipeline: number;
  readonly requests: number;
}

/** Shares of CPU are NaN when the round was too short to see. */
export interface Round extends CpuShares {
  readonly requestsPerSecond: number;
  /** Milliseconds from when a request was sent, with the others of its pipeline, to when its answer was read. */
  readonly p50: number;
  readonly p999: number;
  /** CPU time that the server used for one request, in microseconds. */
  readonly cpuMicroseconds: number;
}

/** Drives a server with redis-benchmark, with keys drawn uniformly, on the core for the load. */
export async function drive({
  port,
  pid,
  command,
  keys,
  valueBytes,
  pipeline,
  requests,
}: Drive): Promise<Round> {
  const serverBefore = cpuSeconds(pid) ?? NaN;
  const child = spawnPinned(LOAD_CORE, [
    ...['redis-benchmark', '-p', String(port), '-c', String(CONNECTIONS), '-t', command],
    ...['-r', String(keys), '-d', String(valueBytes), '-P', String(pipeline), '-n', String(requests)],
  ]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = once(child, 'close') as Promise<[number | null]>;

  // Shares are taken from within the run: once it has ended, the load's process is gone.
  const sample = () => ({
    at: performance.now(),
    server: cpuSeconds(pid),
    load: cpuSeconds(must(child.pid)),
  });
  let first: ReturnType<typeof sample> | undefined;
  let last: ReturnType<typeof sample> | undefined;
  const timer = setInterval(() => {
    const now = sample();
    if (now.load === undefined) return;
    if (first === undefined) first = now;
    else last = now;
  }, SAMPLE_MILLISECONDS);
  const [code] = await closed;
  clearInterval(timer);

  const seconds = (cpuSeconds(pid) ?? NaN) - serverBefore;
  if (code !== 0) {
    throw new Error(`redis-benchmark ended with code ${code}:\n${output}`);
  }
  const elapsed = first === undefined || last === undefined ? NaN : (last.at - first.at) / 1000;
  return {
    ...readReport(output),
    cpuMicroseconds: (seconds * 1e6) / requests,
    serverCpu: ((last?.server ?? NaN) - (first?.server ?? NaN)) / elapsed,
    loadCpu: ((last?.load ?? NaN) - (first?.load ?? NaN)) / elapsed,
  };
}

/**
 * Reads what redis-benchmark 7.0 prints. Its CSV ends at p99, so the percentiles come from the distribution, whose
 * steps halve the distance to 100 %: the first at or past 99.9 % is 99.902 %.
 */
export function readReport(output: string): Pick<Round, 'requestsPerSecond' | 'p50' | 'p999'> {
  const rate = /throughput summary: ([\d.]+) requests per second/.exec(output);
  const [, distribution] = /Latency by percentile distribution:\n([^]*?)\n\n/.exec(output) ?? [];
  if (!rate || distribution === undefined) throw new Error(`redis-benchmark reported no figures:\n${output}`);
  const steps = [...distribution.matchAll(/^([\d.]+)% <= ([\d.]+) milliseconds/gm)];
  const percentile = (wanted: number): number =>
    Number(must(steps.find(([, percent]) => Number(percent) >= wanted))[2]);
  return { requestsPerSecond: Number(rate[1]), p50: percentile(50), p999: percentile(99.9) };
}
