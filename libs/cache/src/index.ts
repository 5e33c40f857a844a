// The cache, and what it is asked and answers.
export {
  CacheManager,
  type CacheManagerOptions,
  type Key,
  type SetEntry,
  type Value,
} from './lib/cache-manager.ts';
export { MAX_TTL, type SetOptions } from './lib/request.ts';
export { type NodeInfo, type SetResult, type Topology } from '@distributed-cache/cluster';
export { type Hit } from '@distributed-cache/data-node';

// The way to a data node.
export { type DataNodeClient, isLater, LocalDataNodeClient, type Answer } from '@distributed-cache/data-node';
export { type RoutedRequest } from './lib/routed-request.ts';
export { Router } from './lib/router.ts';
export { type Verb } from './lib/verbs.ts';

// What operations fail with.
export {
  CacheError,
  DataNodeUnavailableError,
  DuplicateNodeError,
  InvalidArgumentError,
  ManagerClosedError,
  NoDataNodeError,
  OperationTimeoutError,
} from '@distributed-cache/cluster';
export { EntryTooLargeError, KeyTooLongError, ValueTooLargeError } from './lib/errors.ts';
