import { STAR } from './bytes.ts';
import { OutputBuffer } from './output.ts';

export type CommandArgument = string | Uint8Array | number | bigint;

/**
 * Writes commands as a client sends them, many into one buffer. Either at once, or, for byte ranges and without
 * allocation, in steps: `command(n)`, then n arguments with `bulk`, `bulkText` or `open`.
 */
export class CommandEncoder extends OutputBuffer {
  /** Begins a command of `count` arguments, its name included, which must follow. */
  command(count: number): void {
    this.line(STAR, count);
  }

  /** One whole command. Text is sent as UTF-8, numbers in decimal. */
  encode(...args: readonly CommandArgument[]): void {
    this.command(args.length);
    for (const argument of args) {
      if (argument instanceof Uint8Array) this.bulk(argument);
      else this.bulkText(String(argument));
    }
  }
}
