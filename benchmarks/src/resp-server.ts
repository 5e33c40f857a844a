import { execFile, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import { must } from '@distributed-cache/test-kit';
import type { App, Build } from './build.ts';
import { freePort, SERVER_CORE, spawnPinned, stop, waitForLine } from './process.ts';
import { fill, type Dataset } from './fill.ts';

const run = promisify(execFile);

const MEBIBYTE = 2 ** 20;
const DEFAULT_MEMORY = 256 * MEBIBYTE;
/** Generous: what an entry takes beside its value, and what the allocator may leave unused. */
const ENTRY_OVERHEAD = 120;
const SLACK = 1.3;
/** Of the cache manager, with its shipped defaults. No node's share is over 1.1 times the mean. */
const DATA_NODES = 3;
const FULLEST = 1.1;

/** A budget of a data node that holds every entry of its share: the default where that is enough. */
export function budgetFor(app: App, { keys, valueBytes }: Dataset): string {
  const share = app === 'cache-manager' ? FULLEST / DATA_NODES : 1;
  const needed = share * keys * (valueBytes * SLACK + ENTRY_OVERHEAD);
  return `${Math.ceil(Math.max(DEFAULT_MEMORY, needed) / MEBIBYTE)}mb`;
}

/** A server under test, alone on its core: the others that share it stand still while one is driven. */
export class RespServerProcess {
  readonly name: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(name: string, child: ChildProcess, port: number) {
    this.name = name;
    this.#child = child;
    this.port = port;
  }

  /** redis-server without persistence, as a cache runs it; everything else as it comes. */
  static async startRedis(): Promise<RespServerProcess> {
    const port = await freePort();
    const command = ['redis-server', '--port', String(port), '--save', '', '--appendonly', 'no'];
    const child = spawnPinned(SERVER_CORE, command);
    await waitForLine(child, /Ready to accept connections/);
    return new RespServerProcess('redis-server', child, port);
  }

  /** One of ours, as a build has it; everything but the size of a data node as it comes. */
  static async startOwn(build: Build, app: App, maxMemory: string): Promise<RespServerProcess> {
    const child = spawnPinned(SERVER_CORE, [process.execPath, build.main(app)], {
      HTTP_PORT: '0',
      RESP_PORT: '0',
      MAX_MEMORY: maxMemory,
    });
    const [, port] = await waitForLine(child, /Listening for Redis clients on [^\s"]+:(\d+)/);
    return new RespServerProcess(app, child, Number(port));
  }

  get pid(): number {
    return must(this.#child.pid);
  }

  /** Stores every key of the dataset, and makes sure that every one is there. */
  async fill(dataset: Dataset): Promise<void> {
    await fill(this.port, dataset);
    await this.expectKeys(dataset.keys);
  }

  async expectKeys(count: number): Promise<void> {
    const size = Number(await this.#ask('DBSIZE'));
    if (size !== count) throw new Error(`${this.name} holds ${size} keys, not ${count}`);
  }

  /** Fields of INFO that hold numbers. */
  async info(section: string): Promise<(field: string) => number> {
    const text = await this.#ask('INFO', section);
    return (field) => {
      const value = new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`${this.name} has no ${field} in INFO ${section}`);
      return Number(value);
    };
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.resume();
    await stop(this.#child);
  }

  async #ask(...command: string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', String(this.port), ...command]);
    return stdout;
  }
}
