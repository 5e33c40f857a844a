import { LOG_LEVELS, type LogLevel } from '@distributed-cache/config';

/** Lines with their time: errors to stderr, the rest to stdout. Nothing beyond the level. */
export class Logger {
  readonly #verbosity: number;

  constructor(level: LogLevel) {
    this.#verbosity = LOG_LEVELS.indexOf(level);
  }

  error(line: string): void {
    process.stderr.write(`${new Date().toISOString()} ERROR ${line}\n`);
  }

  warn(line: string): void {
    this.#write('warn', `WARN ${line}`);
  }

  log(line: string): void {
    this.#write('log', line);
  }

  debug(line: string): void {
    this.#write('debug', `DEBUG ${line}`);
  }

  #write(level: LogLevel, line: string): void {
    if (LOG_LEVELS.indexOf(level) > this.#verbosity) return;
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  }
}
