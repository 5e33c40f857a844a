import { CommandEncoder } from '@distributed-cache/resp';
import type { Arguments } from '../commands/arguments.ts';

/** A key that a client watches, with the version that it had. */
export interface WatchedKey {
  readonly key: Buffer;
  /** -1 when there was no entry. */
  readonly epoch: number;
  readonly counter: number;
}

/** Commands between MULTI and EXEC, kept as the bytes of a request: to be run later, here or elsewhere. */
export class Transaction {
  readonly #commands = new CommandEncoder({ capacity: 512 });
  length = 0;
  /** A command was refused when it was to be queued: EXEC will refuse all. */
  spoiled = false;

  add(args: Arguments): void {
    this.#commands.command(args.count);
    for (let i = 0; i < args.count; i++) this.#commands.bulk(args.buffer, args.starts[i], args.ends[i]);
    this.length++;
  }

  take(): Buffer {
    return this.#commands.take();
  }
}
