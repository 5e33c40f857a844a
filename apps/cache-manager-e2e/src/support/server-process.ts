import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { must } from '@distributed-cache/test-kit';
import { afterAll } from '@jest/globals';

const workspace = fileURLToPath(new URL('../../../..', import.meta.url));
const MAIN = 'dist/apps/cache-manager/main.js';
const FIXTURES = 'apps/cache-manager-e2e/src/fixtures';
export const CRASH = `${FIXTURES}/crash.mjs`;
export const FAULTY = `${FIXTURES}/faulty.mjs`;

/** What a test that failed did not stop. */
const running = new Set<ChildProcessWithoutNullStreams>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export type Environment = Readonly<Record<string, string>>;

export interface StartOptions {
  readonly env?: Environment;
  /** AppOptions of the application. With them the fixture is started, without them the application's own main.js. */
  readonly app?: { readonly lean?: boolean; readonly limits?: Readonly<Record<string, number>> };
  /** Another script than main.js. */
  readonly script?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running cache manager. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly output: Output,
    /** `http://127.0.0.1:<port>` */
    readonly origin: string,
    readonly exited: Promise<Exit>,
  ) {}

  /** Starts it on a free port; resolves when it listens. */
  static async start({ env = {}, app, script = MAIN }: StartOptions = {}): Promise<ServerProcess> {
    const args = app === undefined ? [script] : [`${FIXTURES}/server.mjs`, JSON.stringify(app)];
    const { child, output, exited } = launch(args, { HTTP_PORT: '0', ...env });
    const listening = output.until(/Listening on (http:\/\/[^"\s]+)/);
    const started = await Promise.race([listening, exited.then(() => undefined)]);
    const origin = started?.[1];
    if (origin === undefined) throw new Error(`The server ended: ${output.stderr}`);
    return new ServerProcess(child, output, origin, exited);
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** Where Redis clients are let in; RESP_PORT must be 0. */
  async respPort(): Promise<number> {
    const [, port] = await this.printed(/Listening for Redis clients on [^"\s]+:(\d+)/);
    return Number(port);
  }

  /** The most memory that it has used so far, in bytes. */
  peakMemory(): number {
    const [, kilobytes] = must(/^VmHWM:\s+(\d+) kB$/m.exec(this.procFile('status')));
    return Number(kilobytes) * 1024;
  }

  /** Open files, sockets among them. */
  openFiles(): number {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  private procFile(name: string): string {
    return readFileSync(`/proc/${this.child.pid}/${name}`, 'utf8');
  }

  get stdout(): string {
    return this.output.stdout;
  }

  get stderr(): string {
    return this.output.stderr;
  }

  /** Resolves when stdout matches. */
  printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.output.until(pattern);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return await this.exited;
  }
}

export interface Ended extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs main.js, or another script, to its end. */
export async function runToEnd(
  env: Environment,
  args: readonly string[] = [],
  script = MAIN,
): Promise<Ended> {
  const { output, exited } = launch([script, ...args], env);
  const exit = await exited;
  return { ...exit, stdout: output.stdout, stderr: output.stderr };
}

function launch(
  args: readonly string[],
  env: Environment,
): { child: ChildProcessWithoutNullStreams; output: Output; exited: Promise<Exit> } {
  const child = spawn(process.execPath, args, {
    cwd: workspace,
    env: { RESP_PORT: 'off', ...env, PATH: process.env['PATH'] },
  });
  running.add(child);
  const closed = once(child, 'close') as Promise<[Exit['code'], Exit['signal']]>;
  const exited = closed.then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  return { child, output: new Output(child), exited };
}

class Output {
  stdout = '';
  stderr = '';

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  until(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout);
        if (match === null) return;
        this.child.stdout.off('data', look);
        resolve(match);
      };
      this.child.stdout.on('data', look);
      look();
    });
  }
}
