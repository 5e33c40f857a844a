import { KeyedHash, NONE, OffHeapStore, type EvictionPolicyName } from '@distributed-cache/store';
import { SeededRandom } from '@distributed-cache/test-kit';
import { LRUCache } from 'lru-cache';

const KEY_BYTES = 4;
const NO_VALUE = new Uint8Array(0);
/** So much that the entry limit is what evicts. */
const MAX_BYTES = 64 * 2 ** 20;

function seededHash(seed: number): KeyedHash {
  const random = new SeededRandom(seed);
  return new KeyedHash(Int32Array.from({ length: 8193 }, () => random.uint32()));
}

/** Share of the requests, in percent, that find their key. Each that does not stores it. */
export function storeHitRatio(
  keys: Int32Array,
  capacity: number,
  evictionPolicy: EvictionPolicyName,
  seed: number,
): number {
  const hash = seededHash(seed);
  const store = new OffHeapStore({ maxBytes: MAX_BYTES, maxEntries: capacity, evictionPolicy }, hash);
  const bytes = Buffer.alloc(KEY_BYTES);
  let hits = 0;
  for (const key of keys) {
    bytes.writeInt32LE(key);
    const entry = store.find(bytes, 0, KEY_BYTES, 0);
    if (entry === NONE) {
      store.put(bytes, 0, KEY_BYTES, 0, NO_VALUE, 0, 0, 0, 0);
    } else {
      hits++;
      store.touch(entry);
    }
  }
  return (hits / keys.length) * 100;
}

export function lruCacheHitRatio(keys: Int32Array, capacity: number): number {
  const cache = new LRUCache<number, true>({ max: capacity });
  let hits = 0;
  for (const key of keys) {
    if (cache.get(key) === undefined) cache.set(key, true);
    else hits++;
  }
  return (hits / keys.length) * 100;
}
