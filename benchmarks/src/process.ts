import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What a benchmark runs on one core while its load runs on another. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** From this share of its core on, a process has no time to spare. */
const BUSY = 0.98;

// Nothing that was started outlives the benchmark, however that ends.
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A program whose stdout is read. */
export type Program = ChildProcessByStdio<null, Readable, null>;

/** Starts a program pinned to one core; its stderr is shown. */
export function spawnPinned(
  core: number,
  command: readonly string[],
  env: Record<string, string> = {},
): Program {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves to the first match of `pattern` in the lines that the program prints, and keeps its output flowing. */
export async function waitForLine(child: Program, pattern: RegExp): Promise<RegExpExecArray> {
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const match = pattern.exec(line);
      if (match) resolve(match);
    });
    child.once('exit', (code) => {
      reject(new Error(`The program ended with code ${code} before it printed ${pattern}`));
    });
  });
}

/** Ends a program and waits until it has gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** Shares of a core that were used during a measurement, 0 to 1. */
export interface CpuShares {
  readonly serverCpu: number;
  readonly loadCpu: number;
}

/** The load generator had no time to spare, and the server had: the figures tell about the former. */
export function limitedByLoad({ serverCpu, loadCpu }: CpuShares): boolean {
  return loadCpu >= BUSY && serverCpu < BUSY;
}

/**
 * Seconds of CPU time that a process has used; undefined when it has gone. The sum over its threads, whose `schedstat`
 * counts nanoseconds: `stat` counts in steps of ten milliseconds. Programs measured here keep their threads.
 */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) => {
      const [running] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
      return Number(running);
    });
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
  } catch {
    return undefined;
  }
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
