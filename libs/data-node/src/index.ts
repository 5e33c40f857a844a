export { systemClock, type Clock } from './lib/clock.ts';
export { DataNode, IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES, type ValueSink } from './lib/data-node.ts';
export { MAX_TTL, type DataNodeOptions } from './lib/data-node-options.ts';
export { DataNodeError, type DataNodeErrorCode } from './lib/errors.ts';
export { OffHeapStore } from './lib/offheap/off-heap-store.ts';
export { MAX_BUDGET } from './lib/offheap/pages.ts';
export {
  ABSENT,
  CLOSED,
  MISS,
  MOVED,
  NOT_AN_INTEGER,
  NOT_STORED,
  OK,
  OUT_OF_RANGE,
  TOO_LARGE,
  type Status,
} from './lib/status.ts';
export { EVICTED, EXPIRED, NONE, Store, type RemovalCause, type StoreOptions } from './lib/store.ts';
export { type TransferredEntry } from './lib/transfer.ts';
