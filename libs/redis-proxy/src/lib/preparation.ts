import { slotOf } from '@distributed-cache/consistent-hash';
import { MAX_PREPARED } from '@distributed-cache/store';
import type { CommandsAhead } from '@distributed-cache/resp';
import type { SlotLocations } from '@distributed-cache/cluster';
import type { DataNodeClient } from '@distributed-cache/data-node';

/** What lies ahead for one data node. */
class Share {
  client: DataNodeClient | undefined;
  count = 0;
  readonly starts = new Int32Array(MAX_PREPARED);
  readonly ends = new Int32Array(MAX_PREPARED);
}

/**
 * Tells each data node which keys of its own the commands ahead of a client are about, so that it prepares their lookups.
 * A hint: should a slot move meanwhile, a command finds its key as it would without.
 */
export class Preparation {
  readonly #table: SlotLocations;
  readonly #shares: Share[] = [];
  /** How many of them are in use. */
  #count = 0;

  constructor(table: SlotLocations) {
    this.#table = table;
  }

  announce(keys: Buffer, { size, keyStarts, keyEnds }: CommandsAhead): void {
    this.#withdraw(keys);
    for (let i = 0; i < size; i++) {
      const start = keyStarts[i]!;
      const end = keyEnds[i]!;
      const member = this.#table.settled(slotOf(keys, start, end));
      if (member === undefined) continue;
      const share = this.#shareOf(member.client);
      share.starts[share.count] = start;
      share.ends[share.count++] = end;
    }
    for (let i = 0; i < this.#count; i++) {
      const { client, starts, ends, count } = this.#shares[i]!;
      client!.prepare(keys, starts, ends, count);
    }
  }

  /** What was announced last is done, and its bytes may have changed. */
  #withdraw(keys: Buffer): void {
    for (let i = 0; i < this.#count; i++) {
      const share = this.#shares[i]!;
      share.client!.prepare(keys, share.starts, share.ends, 0);
      share.client = undefined;
      share.count = 0;
    }
    this.#count = 0;
  }

  #shareOf(client: DataNodeClient): Share {
    for (let i = 0; i < this.#count; i++) if (this.#shares[i]!.client === client) return this.#shares[i]!;
    const share = (this.#shares[this.#count++] ??= new Share());
    share.client = client;
    return share;
  }
}
