import { CommandEncoder } from '@distributed-cache/resp';
import type { Arguments } from '../commands/arguments.ts';

/** A key that a client watches, with the version that it had. */
export interface WatchedKey {
  readonly key: Buffer;
  /** -1 when there was no entry. */
  readonly epoch: number;
  readonly counter: number;
}

/** What a watched key takes beside its bytes. */
const WATCHED_OVERHEAD = 256;

/** The bytes that a client's watched keys take. Counts each once, however often it is asked. */
export class WatchedBytes {
  #watched: readonly WatchedKey[] = [];
  #counted = 0;
  #bytes = 0;

  /** @param watched grows, or is replaced by another array */
  of(watched: readonly WatchedKey[]): number {
    if (watched !== this.#watched) {
      this.#watched = watched;
      this.#counted = this.#bytes = 0;
    }
    while (this.#counted < watched.length) {
      this.#bytes += WATCHED_OVERHEAD + watched[this.#counted++]!.key.length;
    }
    return this.#bytes;
  }
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

  get bytes(): number {
    return this.#commands.length;
  }

  take(): Buffer {
    return this.#commands.take();
  }
}
