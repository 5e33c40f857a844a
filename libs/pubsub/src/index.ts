export type {
  CacheInvalidation,
  ClientMessage,
  InvalidatedEntry,
  MemberIdentity,
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
export { InMemoryPubSub, type InMemoryPubSubOptions } from './lib/in-memory-pubsub.ts';
export { decodeMessage, encodeMessage } from './lib/codec.ts';
export { InvalidOptionError, MalformedMessageError, PubSubClosedError } from './lib/errors.ts';
