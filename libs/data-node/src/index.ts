export { systemClock, type Clock } from './lib/clock.ts';
export { DataNode } from './lib/data-node.ts';
export { IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES, type ValueSink } from './lib/keyspace.ts';
export { MAX_TTL, type DataNodeOptions } from './lib/data-node-options.ts';
export { DataNodeError, type DataNodeErrorCode } from './lib/errors.ts';
export { KeyedHash } from './lib/offheap/keyed-hash.ts';
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
export {
  EVICTED,
  EVICTION_POLICIES,
  EXPIRED,
  NONE,
  MAX_PREPARED,
  Store,
  type EvictionPolicyName,
  type RemovalCause,
  type StoreOptions,
} from './lib/store.ts';
export { type TransferredEntry } from './lib/transfer.ts';

// Commands of Redis, and the server that runs them.
export { COMMANDS } from './lib/commands/commands.ts';
export { type CommandTable } from './lib/commands/command-table.ts';
export { type Command, type Gather, type KeyPositions } from './lib/commands/command.ts';
export { cloneArguments, copiesFrom, copyOf, lengthOf, type Arguments } from './lib/commands/arguments.ts';
export { refuse } from './lib/commands/outcomes.ts';

// For a proxy: how commands are carried out on many data nodes.
export { readScan, SCAN_SLOTS, type ScanRequest } from './lib/commands/scan.ts';
export {
  runTransaction,
  takeTransaction,
  TRANSACT,
  TRANSACT_ONE,
  transactArguments,
  VERSIONS,
  WATCH_IN_MULTI,
  type ReadyTransaction,
} from './lib/commands/transactions.ts';
export { type CommandProxy } from './lib/server/command-proxy.ts';
export { Transaction, type WatchedKey } from './lib/server/transaction.ts';

export { EventClock } from './lib/server/event-clock.ts';
export { IdleCollector } from './lib/server/idle-collector.ts';
export { RespServer } from './lib/server/resp-server.ts';
export { ServerState, type ServerStateOptions } from './lib/server/server-state.ts';
export { Session, type Transport } from './lib/server/session.ts';
export { type Settings } from './lib/server/settings.ts';
