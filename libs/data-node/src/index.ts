export { MAX_COUNTER_LENGTH } from './lib/counter.ts';
export { DataNode } from './lib/data-node.ts';
export { MAX_TTL, type DataNodeOptions } from './lib/data-node-options.ts';
export { DataNodeError, type DataNodeErrorCode } from './lib/errors.ts';
export {
  IF_ABSENT,
  IF_PRESENT,
  KEEP_TTL,
  MAX_KEY_BYTES,
  type Keyspace,
  type ValueSink,
} from './lib/keyspace.ts';
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
export { type TransferredEntry } from './lib/transfer.ts';

// The ports to a data node, wherever it lives.
export { isLater, type Answer } from './lib/port/answer.ts';
export { type DataNodeClient } from './lib/port/data-node-client.ts';
export { UnreachableError } from './lib/port/errors.ts';
export { type DataNodeLife } from './lib/port/life.ts';
export { LocalDataNodeClient } from './lib/port/local-data-node-client.ts';
export { ANY_SLOT, type DataNodeOperations, type Hit, type Operation } from './lib/port/operations.ts';
export { type SlotMigration } from './lib/port/slot-migration.ts';
