import { readKey, readValue, type Store } from '@distributed-cache/store';

/** An entry on its way from one data node to another. */
export interface TransferredEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly slot: number;
  /**
   * Milliseconds left to live; 0 for ever. Who takes time off on the way must let it fall below 0, never to 0, when it
   * has run out.
   */
  readonly ttl: number;
  readonly epoch: number;
  readonly counter: number;
}

/** Takes entries out of a store, to be stored by another data node. */
export class Departures {
  readonly #store: Store;
  /** Where `takeSome` goes on, so that emptying a slot passes over the store about once. */
  #cursor = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Removes an entry that has not expired and returns it. */
  take(entry: number, now: number): TransferredEntry {
    const store = this.#store;
    const expiresAt = store.expiresAt(entry);
    const transferred = {
      key: readKey(store, entry),
      value: readValue(store, entry),
      slot: store.slotOf(entry),
      ttl: expiresAt === 0 ? 0 : expiresAt - now,
      epoch: store.versionEpoch(entry),
      counter: store.versionCounter(entry),
    };
    store.remove(entry);
    return transferred;
  }

  /** Up to `limit` entries of the slots marked 1; empty when none are left. */
  takeSome(slots: Uint8Array, limit: number, now: number): TransferredEntry[] {
    const store = this.#store;
    store.expire(now, Infinity);
    let left = 0;
    for (let slot = 0; slot < slots.length; slot++) if (slots[slot] === 1) left += store.entriesInSlot(slot);
    const wanted = Math.min(limit, left);
    const taken: TransferredEntry[] = [];
    while (taken.length < wanted) {
      this.#cursor = store.scan(slots, this.#cursor, wanted - taken.length, (entry) => {
        if (taken.length < wanted) taken.push(this.take(entry, now));
      });
    }
    return taken;
  }
}

/** Whether the store's entry is the one that arrives, or newer. */
export function isUpToDate(store: Store, entry: number, arriving: TransferredEntry): boolean {
  const epoch = store.versionEpoch(entry);
  return (
    epoch > arriving.epoch || (epoch === arriving.epoch && store.versionCounter(entry) >= arriving.counter)
  );
}
