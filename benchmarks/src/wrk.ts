import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { must } from '@distributed-cache/test-kit';
import { type CpuShares, cpuSeconds, LOAD_CORE, spawnPinned } from './process.ts';

export interface LoadOptions {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** Process id of the server, whose share of its core is measured beside wrk's. */
  readonly serverPid: number;
  /** A Lua script that makes the requests, and its arguments. */
  readonly script?: readonly string[];
}

export interface LoadResult extends CpuShares {
  readonly requestsPerSecond: number;
  /** CPU time that the server used for one request, in microseconds. */
  readonly cpuMicroseconds: number;
  /** Answers that were not 2xx or 3xx, and failures of sockets. */
  readonly failures: number;
}

/** Drives a server with wrk, one thread on its own core. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { url, seconds, connections, serverPid, script = [] } = options;
  const cpuBefore = cpuSeconds(serverPid);
  const [file, ...args] = script;
  const wrk = spawnPinned(LOAD_CORE, [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    ...(file ? ['-s', file] : []),
    url,
    ...(args.length > 0 ? ['--', ...args] : []),
  ]);
  let output = '';
  wrk.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = once(wrk, 'close');

  // CPU time is read inside the run: at its very end the process is gone.
  const sample = () => ({
    at: performance.now(),
    server: cpuSeconds(serverPid),
    wrk: cpuSeconds(must(wrk.pid)),
  });
  await delay(seconds * 100);
  const before = sample();
  await delay(seconds * 800);
  const after = sample();
  await closed;
  const cpuUsed = (cpuSeconds(serverPid) ?? NaN) - (cpuBefore ?? NaN);

  const requests = /(\d+) requests in /.exec(output);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(output);
  if (!rate || !requests) throw new Error(`wrk reported no rate:\n${output}`);
  const badAnswers = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  const elapsed = (after.at - before.at) / 1000;
  return {
    requestsPerSecond: Number(rate[1]),
    cpuMicroseconds: (cpuUsed * 1e6) / Number(requests[1]),
    failures: badAnswers + (socketErrors?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0),
    serverCpu: ((after.server ?? NaN) - (before.server ?? NaN)) / elapsed,
    loadCpu: ((after.wrk ?? NaN) - (before.wrk ?? NaN)) / elapsed,
  };
}
