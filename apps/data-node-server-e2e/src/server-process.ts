import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The apps that serve Redis clients. */
export const APPS = ['data-node-server', 'cache-manager'] as const;
export type App = (typeof APPS)[number];

/** A process whose output is read. */
type Child = ChildProcessByStdio<null, Readable, Readable>;

/** An app in a process of its own, on a port that was free. */
export class ServerProcess {
  readonly port: number;
  /** What it printed on stdout so far. */
  readonly lines: readonly string[];
  readonly #child: Child;
  readonly #httpOrigin: string | undefined;

  private constructor(child: Child, port: number, lines: readonly string[], httpOrigin: string | undefined) {
    this.#child = child;
    this.port = port;
    this.lines = lines;
    this.#httpOrigin = httpOrigin;
  }

  static async start(app: App, environment: Record<string, string> = {}): Promise<ServerProcess> {
    const child = launch(app, { RESP_PORT: '0', HTTP_PORT: '0', ...environment });
    let httpOrigin: string | undefined;
    const printed: string[] = [];
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`The server ended with code ${code}.`));
      });
      lines.on('line', (line) => {
        printed.push(line);
        httpOrigin ??= /Listening on (http:\S+)$/.exec(line)?.[1];
        const [, found] = /Listening for Redis clients on \S+:(\d+)$/.exec(line) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
    });
    return new ServerProcess(child, port, printed, httpOrigin);
  }

  /**
   * Starts a server that is expected to end by itself, or is told to as soon as it prints what matches.
   * @param memory kilobytes of address space that the system grants it
   */
  static async run(
    app: App,
    environment: Record<string, string>,
    { memory, until }: { memory?: number; until?: RegExp } = {},
  ): Promise<Ended> {
    const child = launch(app, { HTTP_PORT: '0', ...environment }, memory);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (until?.test(output) === true) child.kill('SIGTERM');
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output, errors };
  }

  /** Where the cache manager answers HTTP: `http://127.0.0.1:<port>`. */
  get httpOrigin(): string {
    if (this.#httpOrigin === undefined) throw new Error('This app does not speak HTTP.');
    return this.#httpOrigin;
  }

  /** Nobody reads any more what it prints. */
  async closeOutput(): Promise<void> {
    const streams = [this.#child.stdout, this.#child.stderr];
    await Promise.all(
      streams.map(async (stream) => {
        const closed = once(stream, 'close');
        stream.destroy();
        await closed;
      }),
    );
  }

  /** Resolves to the exit code. All of {@link lines} is there then. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exited = this.exited();
    this.#child.kill(signal);
    return exited;
  }

  async exited(): Promise<number | null> {
    // What it printed last may be read after it has ended.
    const [code] = (await once(this.#child, 'close')) as [number | null];
    return code;
  }
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function launch(app: App, environment: Record<string, string>, memory?: number): Child {
  const { PATH = '' } = process.env;
  const main = fileURLToPath(new URL(`../../../dist/apps/${app}/main.js`, import.meta.url));
  const node = process.execPath;
  const [program, ...args] =
    memory === undefined
      ? ([node, main] as const)
      : (['sh', '-c', `ulimit -v ${memory} && exec "$@"`, 'sh', node, main] as const);
  return spawn(program, args, {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
