import { systemClock, type Clock } from '@distributed-cache/runtime';
import type { PubSub } from '@distributed-cache/pubsub';
import type { Observable } from 'rxjs';
import {
  ManagerClosedError,
  type SetResult,
  Membership,
  type NodeInfo,
  SlotLocations,
  type Topology,
  InvalidArgumentError,
} from '@distributed-cache/cluster';
import { type Answer, type DataNodeClient, type Hit } from '@distributed-cache/data-node';
import { Request, type SetOptions } from './request.ts';
import { Router } from './router.ts';
import { DELETE, GET, HAS, SET } from './verbs.ts';

/** Well-formed text, which is kept as UTF-8, or bytes. Not empty, at most 64 KiB. */
export type Key = string | Uint8Array;
export type Value = string | Uint8Array;

export interface SetEntry extends SetOptions {
  readonly key: Key;
  readonly value: Value;
}

export interface CacheManagerOptions {
  /** Where data nodes report, and where the manager says what changed. It stays the caller's: close it after. */
  readonly pubsub: PubSub;
  readonly clock?: Clock;
  /**
   * How long an operation may take, in milliseconds. Default 1000. Lower fails sooner while a node is stuck; higher
   * rides out longer pauses.
   */
  readonly operationTimeout?: number;
  /**
   * How often data nodes report, in milliseconds; the same as they are told. Default 1000. A node is declared lost
   * after three silent intervals, so lower routes around a dead node sooner, and around a slow one by mistake.
   */
  readonly statusInterval?: number;
  /**
   * Larger values are refused before a data node is asked. In bytes; default 8 MiB, as that of data nodes, which
   * should not be told less.
   */
  readonly maxValueBytes?: number;
}

const MIB = 1024 * 1024;
/** The longest delay of a timer, and about the longest Buffer. */
const MAX_OPTION = 2 ** 31 - 1;

/**
 * The cache: takes operations, knows which data node has which key, adds and removes data nodes while it serves.
 *
 * Operations on one key are linearizable, eviction, expiry and the loss of a node aside. Every operation is answered
 * or fails with a {@link CacheError} within `operationTimeout`. A miss is `undefined`, never an error. Values are
 * returned in buffers that belong to the caller; keys and values passed in may be changed once the call has returned.
 */
export class CacheManager {
  /** The way to the data nodes: for other doors than this one, a proxy for Redis clients say. */
  readonly router: Router;
  readonly #membership: Membership;
  readonly #request: Request;
  #closing: Promise<void> | undefined;

  constructor(options: CacheManagerOptions) {
    const { pubsub, clock = systemClock } = options;
    const operationTimeout = checked('operationTimeout', options.operationTimeout ?? 1000, 'milliseconds');
    const statusInterval = checked('statusInterval', options.statusInterval ?? 1000, 'milliseconds');
    this.#request = Request.reusable(checked('maxValueBytes', options.maxValueBytes ?? 8 * MIB, 'bytes'));
    const locations = new SlotLocations();
    this.router = new Router(locations, clock, operationTimeout);
    this.#membership = new Membership({
      pubsub,
      clock,
      table: locations,
      operationTimeout,
      statusInterval,
    });
  }

  /**
   * Starts the data node and gives it its share of the slots. Resolves when the entries of those have moved to it.
   * From here on the node is the manager's: it closes it when the node is removed, when adding it failed, and at the
   * end. Changes are carried out one after the other.
   */
  async addNode(client: DataNodeClient): Promise<void> {
    return this.addNodes([client]);
  }

  /**
   * As {@link addNode} for several, in one change of the topology: much faster than one by one. When one of them does
   * not start, none joins and all are closed; one that is lost later costs only itself, though the promise rejects.
   */
  async addNodes(clients: Iterable<DataNodeClient>): Promise<void> {
    this.#checkOpen();
    return this.#membership.add([...clients]);
  }

  /** Resolves when the node's entries live elsewhere and it is closed. The entries of the last node are dropped. */
  async removeNode(id: string): Promise<void> {
    this.#checkOpen();
    return this.#membership.remove(id);
  }

  async get(key: Key): Promise<Hit | undefined> {
    return this.lookup(key);
  }

  /**
   * As {@link get}, for callers to whom a promise matters: answers, or throws, at once when the data node lives in this
   * process.
   */
  lookup(key: Key): Answer<Hit | undefined> {
    return this.router.perform(GET, this.#about(key));
  }

  async has(key: Key): Promise<boolean> {
    return this.router.perform(HAS, this.#about(key));
  }

  async set(key: Key, value: Value, options?: SetOptions): Promise<SetResult> {
    const request = this.#about(key);
    request.setValue(value);
    request.setOptions(options);
    return this.router.perform(SET, request);
  }

  /** Whether there was an entry. */
  async delete(key: Key): Promise<boolean> {
    return this.router.perform(DELETE, this.#about(key));
  }

  /** What `get` answers, key by key. Not atomic; if one key fails, all of it does. */
  async getMany(keys: Iterable<Key>): Promise<(Hit | undefined)[]> {
    return Promise.all(this.#checked(keys).map((key) => this.get(key)));
  }

  /** Not atomic: if one entry fails, others may have been stored. An argument that is wrong stores nothing. */
  async setMany(entries: Iterable<SetEntry>): Promise<SetResult[]> {
    const list = [...entries];
    for (const entry of list) {
      const request = this.#about(entry.key);
      request.setValue(entry.value);
      request.setOptions(entry);
    }
    return Promise.all(list.map((entry) => this.set(entry.key, entry.value, entry)));
  }

  /** How many of the keys had an entry. Not atomic: if one key fails, others may have been deleted. */
  async deleteMany(keys: Iterable<Key>): Promise<number> {
    const deleted = await Promise.all(this.#checked(keys).map((key) => this.delete(key)));
    return deleted.filter(Boolean).length;
  }

  /** The id of the data node that is responsible for the key, whether it has an entry or not. */
  nodeOf(key: Key): string | undefined {
    this.#request.setKey(key);
    return this.router.locations.primary(this.#request.slot)?.id;
  }

  /** Every data node once, lost ones included, in the order in which they were added. */
  nodes(): NodeInfo[] {
    return this.#membership.nodes();
  }

  /** Whether every slot has a primary that serves now. */
  get ready(): boolean {
    return this.#closing === undefined && this.router.locations.ready;
  }

  get topology(): Topology {
    return this.#membership.topology;
  }

  /** The topology now and after each change. Completes on `close`. */
  get topology$(): Observable<Topology> {
    return this.#membership.topology$;
  }

  /**
   * Refuses new operations, waits for those under way (no longer than their deadlines), then closes the data nodes.
   * Additions and removals under way reject. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.router.quiet().then(() => this.#membership.close()));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ManagerClosedError();
  }

  /** The reusable request, with this key. */
  #about(key: Key): Request {
    this.#checkOpen();
    this.#request.setKey(key);
    return this.#request;
  }

  #checked(keys: Iterable<Key>): Key[] {
    const list = [...keys];
    for (const key of list) this.#about(key);
    return list;
  }
}

function checked(option: string, value: number, unit: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_OPTION) return value;
  throw new InvalidArgumentError(option, `an integer from 1 to ${MAX_OPTION} (${unit})`);
}
