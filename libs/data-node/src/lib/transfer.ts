import { readKey, readValue } from './read.ts';
import type { Store } from './store.ts';

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

/** Removes an entry that has not expired and returns it. */
export function detach(store: Store, entry: number, now: number): TransferredEntry {
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

/** Whether the store's entry is the one that arrives, or newer. */
export function isUpToDate(store: Store, entry: number, arriving: TransferredEntry): boolean {
  const epoch = store.versionEpoch(entry);
  return (
    epoch > arriving.epoch || (epoch === arriving.epoch && store.versionCounter(entry) >= arriving.counter)
  );
}
