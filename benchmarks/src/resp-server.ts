import { execFile, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, SERVER_CORE, spawnPinned, stop, waitForLine } from './process.ts';
import { fill, type Dataset } from './fill.ts';

const MAIN = fileURLToPath(new URL('../../dist/apps/data-node-server/main.js', import.meta.url));

const run = promisify(execFile);

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

  /** The production build of data-node-server; everything but the size as it comes. */
  static async startDataNode(maxMemory: string): Promise<RespServerProcess> {
    const child = spawnPinned(SERVER_CORE, [process.execPath, MAIN], {
      RESP_PORT: '0',
      MAX_MEMORY: maxMemory,
    });
    const [, port] = await waitForLine(child, /Listening for Redis clients on \S+:(\d+)$/);
    return new RespServerProcess('data-node-server', child, Number(port));
  }

  get pid(): number {
    return this.#child.pid!;
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
