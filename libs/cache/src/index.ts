// The cache, and what it is asked and answers.
export {
  CacheManager,
  type CacheManagerOptions,
  type Key,
  type SetEntry,
  type Value,
} from './lib/cache-manager.ts';
export type { SetResult } from './lib/member.ts';
export type { NodeInfo } from './lib/membership.ts';
export { MAX_TTL, type SetOptions } from './lib/request.ts';
export type { Topology } from './lib/topology.ts';

// The way to a data node.
export { ANY_SLOT, DataNodeClient, isLater, type Answer, type Hit } from './lib/data-node-client.ts';
export { LocalDataNodeClient } from './lib/local-data-node-client.ts';

// Commands of Redis clients, for all data nodes.
export { RedisProxy } from './lib/proxy/redis-proxy.ts';

// What operations fail with.
export {
  CacheError,
  DataNodeUnavailableError,
  DuplicateNodeError,
  EntryTooLargeError,
  InvalidArgumentError,
  KeyTooLongError,
  ManagerClosedError,
  NoDataNodeError,
  OperationTimeoutError,
  ValueTooLargeError,
} from './lib/errors.ts';
