import type { NodeState, NodeStatistics, PubSub } from '@distributed-cache/pubsub';
import type { Clock } from './clock.ts';
import type { Status } from './status.ts';
import type { Store, StoreOptions } from './store.ts';

export interface DataNodeOptions {
  readonly id: string;
  /** Share of the slots relative to others. Default 1. */
  readonly weight?: number;
  readonly pubsub: PubSub;
  readonly clock?: Clock;
  /** Budget of keys, values and their overhead. */
  readonly maxBytes: number;
  readonly maxEntries?: number;
  /** Larger values are refused. Default 8 MiB. */
  readonly maxValueBytes?: number;
  /** Milliseconds that an entry lives when a set names no time; 0, the default, for ever. */
  readonly defaultTtl?: number;
  /** Milliseconds between reports. Default 1000. */
  readonly statusInterval?: number;
  readonly createStore?: (options: StoreOptions) => Store;
  /** Makes the random incarnation. */
  readonly createIncarnation?: () => string;
}

/** Where a read puts a value. RESP writes a header in `open`; the HTTP side just collects bytes. */
export interface ValueSink {
  /** Makes room for `length` bytes in `buffer` and returns their offset. May replace `buffer`. */
  open(length: number): number;
  readonly buffer: Uint8Array;
}

/** Conditions and options of {@link DataNode.set}, to be or-ed. */
export const IF_ABSENT = 1;
export const IF_PRESENT = 2;
export const KEEP_TTL = 4;

/** Longest key, in bytes. */
export const MAX_KEY_BYTES = 64 * 1024;

/** An entry on its way from one data node to another. */
export interface TransferredEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly slot: number;
  /** Milliseconds left to live; 0 for ever. */
  readonly ttl: number;
  readonly epoch: number;
  readonly counter: number;
}

/**
 * A member of the cache: the primary of some slots. Synchronous throughout: JavaScript runs one operation at a time,
 * so each is atomic, and any number of callers may be answered at once.
 */
export abstract class DataNode {
  readonly id!: string;
  readonly weight!: number;
  abstract readonly incarnation: string;
  abstract readonly state: NodeState;
  abstract readonly store: Store;

  constructor(_options: DataNodeOptions) {}

  // Data. Keys and values are byte ranges.
  abstract get(key: Uint8Array, start: number, end: number, sink: ValueSink): Status;
  abstract has(key: Uint8Array, start: number, end: number): Status;
  /** Makes the entry the most recently used. */
  abstract touch(key: Uint8Array, start: number, end: number): Status;
  /** @param ttl milliseconds; 0 for the default time to live @param flags IF_ABSENT, IF_PRESENT, KEEP_TTL */
  abstract set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
  ): Status;
  abstract delete(key: Uint8Array, start: number, end: number): Status;
  /** Appends to the value, creating the entry if absent. Returns the new length, or a negative Status. */
  abstract append(key: Uint8Array, ks: number, ke: number, value: Uint8Array, vs: number, ve: number): number;
  /** Adds to a decimal 64-bit counter (absent: 0), keeps its ttl, and writes the new decimal value to the sink. */
  abstract add(key: Uint8Array, start: number, end: number, delta: number | bigint, sink: ValueSink): Status;

  // Slots.
  abstract owns(slot: number): boolean;
  /** Becomes the primary of these slots in `epoch`. */
  abstract takeSlots(slots: Iterable<number>, epoch: number): void;
  /** Is their primary no longer: answers MOVED from now on, but keeps the entries until they are taken or cleared. */
  abstract releaseSlots(slots: Iterable<number>): void;
  /** Removes and returns one entry, for the node that is the slot's primary now (works on released slots). */
  abstract take(key: Uint8Array, start: number, end: number): TransferredEntry | undefined;
  /** Removes and returns up to `limit` entries of the slots marked 1; empty when none are left. */
  abstract takeSome(slots: Uint8Array, limit: number): TransferredEntry[];
  /** Stores an entry that comes from another node, unless it has a newer one of that key. Publishes nothing. */
  abstract receive(entry: TransferredEntry): Status;
  /** Drops the entries of the slots marked 1. */
  abstract clear(slots: Uint8Array): void;

  // Life.
  abstract statistics(): NodeStatistics;
  /** Begins to report (`node_status` at once, then at intervals) and to collect expired entries. */
  abstract start(): void;
  abstract setState(state: 'active' | 'draining'): void;
  /** Drops all entries and slots and takes a new incarnation: how a member that was declared lost comes back. */
  abstract restart(): void;
  /** Reports `closed`, drops everything, answers CLOSED from now on. Idempotent. */
  abstract close(): void;
}
