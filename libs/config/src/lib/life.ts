import { ConfigError } from './errors.ts';

/**
 * Milliseconds after the first signal in which further ones are taken for the same: Ctrl-C in a terminal reaches both this
 * process and the npm or nx that started it, which passes it on.
 */
const SAME_SIGNAL = 500;

export interface LifeOptions<T> {
  /** Resolves when the program serves. It may call `stop` later, with the reason. */
  readonly start: (stop: (why: string) => void) => Promise<T>;
  /** Resolves when the program has ended gracefully. */
  readonly stop: (program: T) => Promise<void>;
  readonly log: (line: string) => void;
  /** Says what went wrong that nobody expected. */
  readonly fatal: (detail: string) => void;
}

/**
 * The life of a server's process. Whatever prevents the start ends in one line. SIGTERM, SIGINT and SIGHUP stop
 * gracefully, a second one at once. After an error that nobody expected the process ends: a fresh one is safer. Output
 * that nobody reads any more (`| head -1`, a terminal that is gone) costs its lines and nothing else.
 */
export async function live<T>({ start, stop, log, fatal }: LifeOptions<T>): Promise<T> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('uncaughtException', (error: unknown) => {
    fatal(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  });
  let program: T | undefined;
  let stoppingSince: number | undefined;
  const stopOnce = (why: string): void => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      if (now - stoppingSince > SAME_SIGNAL) process.exit(1);
      return;
    }
    stoppingSince = now;
    log(`${why}: stopping`);
    if (program === undefined) process.exit(0);
    void stop(program).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stopOnce);
  try {
    program = await start(stopOnce);
    return program;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
