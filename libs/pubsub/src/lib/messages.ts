/**
 * Everything the members of a cache tell each other, as one discriminated union: `topic` tells them apart.
 * Byte fields are `Uint8Array`; a message is encoded when it is published, so no subscriber shares memory with the
 * publisher or with another subscriber.
 */
export type Message = NodeKeyAssignment | CacheInvalidation | NodeStatus | TopologyChange | ClientMessage;

export type Topic = Message['topic'];

/** The message type of a topic. */
export type MessageOf<T extends Topic> = Extract<Message, { topic: T }>;

/** (epoch in which the primary took the slot, counter of the slot): two unsigned 32-bit numbers. */
export interface Version {
  readonly epoch: number;
  readonly counter: number;
}

/** Slots changed owner. Never a message per key. */
export interface NodeKeyAssignment {
  readonly topic: 'node_key_assignment';
  readonly epoch: number;
  readonly moves: readonly SlotMove[];
}

export interface SlotMove {
  /** The former primary; null when the slot had none, or it was lost. */
  readonly from: string | null;
  readonly to: string;
  /** Inclusive ranges of slots, ascending. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** Entries that changed or went, published by their primary after the change, batched per tick. */
export interface CacheInvalidation {
  readonly topic: 'cache_invalidation';
  readonly node: string;
  readonly incarnation: string;
  /** Grows by one with each message of this incarnation: a gap means that messages were lost. */
  readonly sequence: number;
  readonly entries: readonly InvalidatedEntry[];
}

export interface InvalidatedEntry {
  readonly slot: number;
  /** null: every key of the slot. */
  readonly key: Uint8Array | null;
  /** A cached value goes if its version is lower than this. */
  readonly version: Version;
}

/** active: takes part. draining: still serves, is being emptied. closed: gone for good under this incarnation. */
export type NodeState = 'active' | 'draining' | 'closed';

/** A data node's report, at intervals and on each change of state. */
export interface NodeStatus {
  readonly topic: 'node_status';
  readonly node: string;
  readonly incarnation: string;
  readonly state: NodeState;
  readonly weight: number;
  /** How many slots it serves. */
  readonly slots: number;
  readonly statistics: NodeStatistics;
}

export interface NodeStatistics {
  readonly entries: number;
  readonly bytes: number;
  /** Infinity when there is no limit. */
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly expirations: number;
}

/** A new topology. */
export interface TopologyChange {
  readonly topic: 'topology';
  readonly epoch: number;
  readonly members: readonly MemberIdentity[];
}

export interface MemberIdentity {
  readonly id: string;
  /** Random at each start: the same id with another incarnation is another, empty member. */
  readonly incarnation: string;
  readonly weight: number;
}

/** What a client published (RESP PUBLISH). */
export interface ClientMessage {
  readonly topic: 'client_message';
  readonly channel: Uint8Array;
  readonly payload: Uint8Array;
  /** Which server it was published at: that one delivers it to its own clients without waiting for this message. */
  readonly origin: string;
}
