import type { Version } from '@distributed-cache/pubsub';
import type { DataNode } from '../data-node.ts';
import type { Status } from '../status.ts';
import type { Answer } from './answer.ts';

/** An entry that was found. */
export interface Hit {
  /** The caller's own copy. */
  readonly value: Buffer;
  /** The id of the data node that keeps it. */
  readonly node: string;
  readonly version: Version;
}

/** Instead of a slot: the operation concerns the data node as a whole. */
export const ANY_SLOT = -1;

/**
 * What is to be done on a data node and is none of the methods of {@link DataNodeOperations}: a command of a Redis client,
 * say. It can be done in two ways, which come to the same: here, or as bytes elsewhere.
 */
export interface Operation {
  /** Of all its keys; {@link ANY_SLOT} when it concerns the data node as a whole. */
  readonly slot: number;
  /** Does it on a data node of this process. Its answer is where the operation puts it when this returns. */
  run(node: DataNode): void;
  /** The operation as one command of the Redis protocol, in memory of its own. */
  encode(): Buffer;
}

/**
 * Operations on the entries of one data node, wherever it lives: bytes in, bytes out. What every implementation
 * guarantees:
 *
 * - Calls are carried out one at a time, in the order in which they were made, each at most once.
 * - A call belongs to the incarnation that `incarnation` named when it was made. If it arrives late and finds another
 *   one, nothing is done and it fails.
 * - A call that throws at once was not carried out. A call whose promise rejects may have been. A call that a broken
 *   node never answers may stay pending for ever: the callers have deadlines.
 * - Byte ranges belong to the caller: an implementation that goes on after the call has returned copies them first.
 * - MOVED and CLOSED: the node does not serve the slot, and nothing was done.
 *
 * `slot` is that of the key, which the caller knows already. `timeout` is how long the caller waits, in milliseconds: what
 * arrives later than that need not be done.
 */
export interface DataNodeOperations {
  readonly id: string;
  /** The incarnation that calls made now go to. */
  readonly incarnation: string;

  get(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Hit | Status>;
  /** OK or MISS. */
  has(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Status>;
  /** @param ttl, flags as {@link DataNode.set} takes them */
  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
    slot: number,
    timeout: number,
  ): Answer<Status>;
  /** OK or MISS. */
  delete(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Status>;

  /** Answered at once: OK, and `run` was called. Answered later: the bytes of its answer. */
  execute(operation: Operation, timeout: number): Status | Promise<Buffer | Status>;

  /**
   * Says that operations on these keys follow (see {@link DataNode.prepare}); none: that those announced before are done.
   * Does nothing when the data node lives elsewhere.
   */
  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void;
}
