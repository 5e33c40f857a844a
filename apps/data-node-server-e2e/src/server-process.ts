import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The apps that serve Redis clients. */
export const APPS = ['data-node-server', 'cache-manager'] as const;
export type App = (typeof APPS)[number];

/** An app in a process of its own, on a port that was free. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #httpOrigin: string | undefined;

  private constructor(child: ChildProcess, port: number, httpOrigin: string | undefined) {
    this.#child = child;
    this.port = port;
    this.#httpOrigin = httpOrigin;
  }

  static async start(app: App, environment: Record<string, string> = {}): Promise<ServerProcess> {
    const child = launch(app, { RESP_PORT: '0', HTTP_PORT: '0', ...environment });
    let httpOrigin: string | undefined;
    const lines = createInterface({ input: child.stdout! });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`The server ended with code ${code}.`));
      });
      lines.on('line', (line) => {
        httpOrigin ??= /Listening on (http:\S+)$/.exec(line)?.[1];
        const [, found] = /Listening for Redis clients on \S+:(\d+)$/.exec(line) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
    });
    return new ServerProcess(child, port, httpOrigin);
  }

  /**
   * Starts a server that is expected to end by itself.
   * @param memory kilobytes of address space that the system grants it
   */
  static async run(app: App, environment: Record<string, string>, memory?: number): Promise<Ended> {
    const child = launch(app, { HTTP_PORT: '0', ...environment }, memory);
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, errors };
  }

  /** Where the cache manager answers HTTP: `http://127.0.0.1:<port>`. */
  get httpOrigin(): string {
    return this.#httpOrigin!;
  }

  /** Resolves to the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exited = this.exited();
    this.#child.kill(signal);
    return exited;
  }

  async exited(): Promise<number | null> {
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }
}

export interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

function launch(app: App, environment: Record<string, string>, memory?: number): ChildProcess {
  const { PATH = '' } = process.env;
  const main = fileURLToPath(new URL(`../../../dist/apps/${app}/main.js`, import.meta.url));
  const command = [process.execPath, main];
  if (memory !== undefined) command.unshift('sh', '-c', `ulimit -v ${memory} && exec "$@"`, 'sh');
  return spawn(command[0]!, command.slice(1), {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
