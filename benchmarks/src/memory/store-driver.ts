import { slotOf } from '@distributed-cache/consistent-hash';
import { NONE, type Store } from '@distributed-cache/store';
import { KEY_BYTES } from '../fill.ts';

const ZERO = 0x30;

/** Puts and reads numbered entries of a store as a server does: key and value come out of a buffer, and go into one. */
export class StoreDriver {
  readonly #store: Store;
  readonly #key = Buffer.from('key:'.padEnd(KEY_BYTES, '0'));
  readonly #value: Buffer;
  readonly #answer: Buffer;

  constructor(store: Store, valueBytes: number) {
    this.#store = store;
    this.#value = Buffer.alloc(valueBytes, 'x');
    this.#answer = Buffer.alloc(valueBytes);
  }

  put(number: number): void {
    const value = this.#value;
    this.#writeKey(number);
    const slot = slotOf(this.#key, 0, KEY_BYTES);
    this.#store.put(this.#key, 0, KEY_BYTES, slot, value, 0, value.length, 0, 0);
  }

  read(number: number): void {
    const store = this.#store;
    this.#writeKey(number);
    const entry = store.find(this.#key, 0, KEY_BYTES, 0);
    if (entry === NONE) throw new Error(`entry ${number} is not there`);
    store.touch(entry);
    store.copyValue(entry, this.#answer, 0, 0, store.valueLength(entry));
  }

  #writeKey(number: number): void {
    let left = number;
    for (let at = KEY_BYTES - 1; left > 0; at--) {
      this.#key[at] = ZERO + (left % 10);
      left = Math.floor(left / 10);
    }
  }
}
