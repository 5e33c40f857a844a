export type {
  CacheInvalidation,
  ClientMessage,
  InvalidatedEntry,
  Member,
  Message,
  MessageOf,
  NodeKeyAssignment,
  NodeState,
  NodeStatistics,
  NodeStatus,
  SlotMove,
  Topic,
  TopologyChange,
  Version,
} from './lib/messages.ts';
export { PubSub, type Overflow, type SubscribeOptions } from './lib/pubsub.ts';
