import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { RedisProcess } from '@distributed-cache/redis-server/testing';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { Redis } from 'ioredis';

/** What a library is pointed at. redis-server comes first: what fails there is wrong in the test. */
const SERVERS = ['redis-server', 'data-node-server', 'cache-manager'] as const;
export type Server = (typeof SERVERS)[number];

/** A server that runs, empty when a test starts. Its members answer in hooks and tests only. */
export interface Endpoint {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** A plain client, to see what a library left in the server. */
  readonly redis: Redis;
}

/** Runs one suite against each server, so that what a library gets from ours is what redis-server gives it. */
export function describeEndpoints(define: (endpoint: Endpoint, server: Server) => void): void {
  describe.each(SERVERS)('%s', (server) => {
    let running: Running;
    let redis: Redis;

    beforeAll(async () => {
      running = server === 'redis-server' ? await startRedis() : await startApp(server);
      redis = new Redis({ port: running.port });
    });

    beforeEach(() => redis.flushall());

    const endpoint: Endpoint = {
      get port() {
        return running.port;
      },
      get url() {
        return `redis://127.0.0.1:${running.port}`;
      },
      get redis() {
        return redis;
      },
    };
    define(endpoint, server);

    // Hooks run in the order in which they were defined: the library's clients are closed by now.
    afterAll(async () => {
      await redis.quit();
      await running.stop();
    });
  });
}

interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

async function startRedis(): Promise<Running> {
  return RedisProcess.start();
}

async function startApp(app: Exclude<Server, 'redis-server'>): Promise<Running> {
  const main = fileURLToPath(new URL(`../../../dist/apps/${app}/main.js`, import.meta.url));
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { PATH, RESP_PORT: '0', HTTP_PORT: '0', LOG_LEVEL: 'log' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { port: await portOf(child), stop: () => stop(child) };
}

async function portOf(child: ChildProcessByStdio<null, Readable, null>): Promise<number> {
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`The server ended with code ${code}.`));
    });
    lines.on('line', (line) => {
      const [, port] = /Listening for Redis clients on \S+:(\d+)$/.exec(line) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}
