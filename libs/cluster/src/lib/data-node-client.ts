import type { Arguments, Command, Session } from '@distributed-cache/redis-server';
import type { Status, TransferredEntry } from '@distributed-cache/data-node';
import type { NodeStatistics, Version } from '@distributed-cache/pubsub';

/** An entry that was found. */
export interface Hit {
  /** The caller's own copy. */
  readonly value: Buffer;
  /** The id of the data node that keeps it. */
  readonly node: string;
  readonly version: Version;
}

/** Instead of a slot, for {@link DataNodeClient.execute}. */
export const ANY_SLOT = -1;

/** What a client answers: at once when its data node lives in this process, later when it does not. */
export type Answer<T> = T | Promise<T>;

export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer;
}

/**
 * The data plane to one data node, as the cache manager sees it. What every implementation guarantees:
 *
 * - Calls are carried out one at a time, in the order in which they were made, each at most once.
 * - A call belongs to the incarnation that `incarnation` named when it was made. If it arrives late and finds another
 *   one, nothing is done and it fails.
 * - A call that throws at once was not carried out. A call whose promise rejects may have been. A call that a broken
 *   node never answers may stay pending for ever: the callers have deadlines.
 * - Byte ranges belong to the caller: an implementation that goes on after the call has returned copies them first.
 */
export abstract class DataNodeClient {
  abstract readonly id: string;
  /** Share of the slots relative to others. */
  abstract readonly weight: number;
  /** The incarnation that calls made now go to. */
  abstract readonly incarnation: string;

  // Data. See the methods of the same names in DataNode.
  abstract get(key: Uint8Array, start: number, end: number): Answer<Hit | Status>;
  abstract has(key: Uint8Array, start: number, end: number): Answer<Status>;
  abstract set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
  ): Answer<Status>;
  abstract delete(key: Uint8Array, start: number, end: number): Answer<Status>;

  /**
   * Says that operations on these keys follow (see {@link DataNode.prepare}); none: that those announced before are
   * done. Of use to a node in this process only.
   */
  prepare(_keys: Uint8Array, _starts: Int32Array, _ends: Int32Array, _count: number): void {
    // Elsewhere there is nothing to prepare.
  }

  /**
   * Carries out a command of a Redis client. Answered at once: OK, and the command's answer is in `session.out`.
   * Answered later: the bytes of its answer. MOVED or CLOSED: the node does not serve the slot, and nothing was done.
   *
   * What is thrown that is not a CacheError came out of the command itself, and is no failure of the node.
   * @param slot of all its keys; {@link ANY_SLOT} for a command that concerns the node as a whole
   */
  abstract execute(
    command: Command<Session>,
    args: Arguments,
    session: Session,
    slot: number,
  ): Status | Promise<Buffer | Status>;

  // Slots. See the methods of the same names in DataNode. An entry whose `take` was carried out but whose answer was
  // lost on the way is lost with it: a miss, never an old value.
  abstract takeSlots(slots: readonly number[], epoch: number): Answer<void>;
  abstract releaseSlots(slots: readonly number[]): Answer<void>;
  abstract take(key: Uint8Array, start: number, end: number): Answer<TransferredEntry | undefined>;
  abstract takeSome(slots: Uint8Array, limit: number): Answer<TransferredEntry[]>;
  abstract receive(entry: TransferredEntry): Answer<Status>;

  // Life.
  /** The node begins to report on the PubSub, unless it does already. */
  abstract start(): Answer<void>;
  abstract statistics(): Answer<NodeStatistics>;
  /** The node reports `draining` from now on: it is being emptied. */
  abstract drain(): Answer<void>;
  /** The node drops everything and goes on, empty, under a new incarnation. */
  abstract restart(): Answer<void>;
  /** Ends the node and releases what the client holds. Idempotent. */
  abstract close(): Answer<void>;
}
