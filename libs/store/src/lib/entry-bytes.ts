import type { Store } from './store.ts';

/** A copy of an entry's key. */
export function readKey(store: Store, entry: number): Buffer {
  const key = Buffer.allocUnsafeSlow(store.keyLength(entry));
  store.copyKey(entry, key, 0);
  return key;
}

/** A copy of an entry's value. */
export function readValue(store: Store, entry: number): Buffer {
  const value = Buffer.allocUnsafeSlow(store.valueLength(entry));
  store.copyValue(entry, value, 0, 0, value.length);
  return value;
}
