// Commands of Redis, and the server that runs them.
export { cloneArguments, copiesFrom, copyOf, lengthOf, type Arguments } from './lib/commands/arguments.ts';
export { type Command, type Gather, type KeyPositions } from './lib/commands/command.ts';
export { type CommandTable } from './lib/commands/command-table.ts';
export { COMMANDS } from './lib/commands/commands.ts';
export { refuse } from './lib/commands/outcomes.ts';
export { RespServer } from './lib/server/resp-server.ts';
export { ServerState, type ServerStateOptions } from './lib/server/server-state.ts';
export { Session, type Transport } from './lib/server/session.ts';
export { type Settings } from './lib/server/settings.ts';

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
export { encodeOperation } from './lib/wire/operation-codec.ts';
export { capture } from './lib/server/capture.ts';
export { type CommandProxy } from './lib/server/command-proxy.ts';
export { Transaction, type WatchedKey } from './lib/server/transaction.ts';
