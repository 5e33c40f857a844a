export { readKey, readValue } from './lib/entry-bytes.ts';
export { StoreError, type StoreErrorCode } from './lib/errors.ts';
export { KeyedHash } from './lib/off-heap/keyed-hash.ts';
export { OffHeapStore } from './lib/off-heap/off-heap-store.ts';
export { MAX_BUDGET } from './lib/off-heap/pages.ts';
export {
  EVICTED,
  EVICTION_POLICIES,
  EXPIRED,
  MAX_PREPARED,
  NONE,
  Store,
  TOO_LARGE,
  type EvictionPolicyName,
  type RemovalCause,
  type StoreOptions,
} from './lib/store.ts';
