import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../dist/apps/data-node-server/main.js', import.meta.url));

/** A data-node-server in a process of its own, on a port that was free. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(environment: Record<string, string> = {}): Promise<ServerProcess> {
    const child = launch({ RESP_PORT: '0', ...environment });
    const lines = createInterface({ input: child.stdout! });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`The server ended with code ${code}.`));
      });
      lines.on('line', (line) => {
        const [, found] = /Listening for Redis clients on \S+:(\d+)$/.exec(line) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
    });
    return new ServerProcess(child, port);
  }

  /** Starts a server that is expected to end by itself. */
  static async run(environment: Record<string, string>, options: string[] = []): Promise<Ended> {
    const child = launch(environment, options);
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, errors };
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

function launch(environment: Record<string, string>, options: string[] = []): ChildProcess {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, [MAIN, ...options], {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
