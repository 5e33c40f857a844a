import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { NodeState, NodeStatus } from '@distributed-cache/pubsub';
import { checkInteger, resolveOptions, type DataNodeOptions } from './data-node-options.ts';
import { DataNodeError } from './errors.ts';
import { Keyspace } from './keyspace.ts';
import { CLOSED, MOVED, NOT_STORED, OK, TOO_LARGE, type Status } from './status.ts';
import { StatusReporter } from './status-reporter.ts';
import { NONE } from '@distributed-cache/store';
import { Departures, isUpToDate, type TransferredEntry } from './transfer.ts';

const MAX_EPOCH = 2 ** 32 - 1;
const EVERY_SLOT = new Uint8Array(SLOT_COUNT).fill(1);

/** A member of the cache: a {@link Keyspace} of the slots that it is the primary of, and a life that it reports. */
export class DataNode extends Keyspace {
  readonly id: string;
  readonly weight: number;
  readonly #createIncarnation: () => string;
  readonly #departures: Departures;
  readonly #reporter: StatusReporter;
  #incarnation: string;
  #state: NodeState = 'active';

  /** @throws DataNodeError INVALID_ARGUMENT, naming the option */
  constructor(options: DataNodeOptions) {
    const resolved = resolveOptions(options);
    const incarnation = resolved.createIncarnation();
    super(resolved, incarnation);
    this.id = resolved.id;
    this.weight = resolved.weight;
    this.#createIncarnation = resolved.createIncarnation;
    this.#incarnation = incarnation;
    this.#departures = new Departures(this.store);
    const { pubsub, clock, statusInterval } = resolved;
    this.#reporter = new StatusReporter(pubsub, clock, statusInterval, () => this.#status());
  }

  /** Random at each start and restart: the same id with another incarnation is another, empty member. */
  get incarnation(): string {
    return this.#incarnation;
  }

  get state(): NodeState {
    return this.#state;
  }

  protected get closed(): boolean {
    return this.#state === 'closed';
  }

  // Slots.

  /** Whether this node is the slot's primary. */
  owns(slot: number): boolean {
    return this.owned.has(slot);
  }

  /** Whether it is the primary of every slot. */
  get servesAll(): boolean {
    return this.owned.all;
  }

  /** Whether operations on the slot are carried out here: OK, MOVED or CLOSED. */
  serves(slot: number): typeof OK | typeof MOVED | typeof CLOSED {
    if (this.owned.has(slot)) return OK;
    return this.closed ? CLOSED : MOVED;
  }

  /**
   * Becomes the primary of these slots in `epoch`. Entries it has of them stay. Does nothing once closed.
   * @throws DataNodeError INVALID_ARGUMENT for what is not a slot or not an unsigned 32-bit epoch
   */
  takeSlots(slots: Iterable<number>, epoch: number): void {
    checkInteger('epoch', epoch, 0, MAX_EPOCH);
    if (this.closed) return;
    for (const slot of slots) {
      checkInteger('slot', slot, 0, SLOT_COUNT - 1);
      this.owned.add(slot);
      this.store.beginEpoch(slot, epoch);
    }
  }

  /** Is their primary no longer: answers MOVED from now on, but keeps the entries until they are taken or cleared. */
  releaseSlots(slots: Iterable<number>): void {
    for (const slot of slots) {
      checkInteger('slot', slot, 0, SLOT_COUNT - 1);
      this.owned.delete(slot);
    }
  }

  /**
   * Removes and returns one entry, for the node that is the slot's primary now (works on released slots). Publishes
   * nothing: the entry moves, it does not change.
   */
  take(key: Uint8Array, start: number, end: number): TransferredEntry | undefined {
    const now = this.clock.now();
    const entry = this.store.find(key, start, end, now);
    return entry === NONE ? undefined : this.#departures.take(entry, now);
  }

  /** As {@link take}, up to `limit` entries of the slots marked 1; empty when none are left. */
  takeSome(slots: Uint8Array, limit: number): TransferredEntry[] {
    return this.#departures.takeSome(slots, limit, this.clock.now());
  }

  /**
   * Stores an entry that comes from another node, with its version and what is left of its time to live. OK;
   * NOT_STORED when this node has the entry in this version or a newer one, or its time has run out; TOO_LARGE; MOVED
   * when the slot has moved on, and the entry should follow it. Publishes nothing.
   */
  receive(entry: TransferredEntry): Status {
    const { key, value } = entry;
    const slot = this.route(key, 0, key.length);
    if (slot < 0) return slot as Status;
    if (entry.ttl < 0) return NOT_STORED;
    const now = this.clock.now();
    const present = this.store.find(key, 0, key.length, now);
    if (present !== NONE && isUpToDate(this.store, present, entry)) return NOT_STORED;
    const expiresAt = entry.ttl === 0 ? 0 : now + entry.ttl;
    const stored = this.store.put(key, 0, key.length, slot, value, 0, value.length, expiresAt, now);
    if (stored < 0) return TOO_LARGE;
    this.store.setVersion(stored, entry.epoch, entry.counter);
    this.expiry.update();
    return OK;
  }

  // Life.

  /**
   * Begins to report (`node_status` at once, then at intervals) and to collect expired entries. Idempotent.
   * @throws DataNodeError CLOSED
   */
  start(): void {
    this.#checkOpen('start');
    this.#reporter.start();
    this.expiry.start();
  }

  /** Reports the state if it is another. @throws DataNodeError CLOSED */
  setState(state: 'active' | 'draining'): void {
    this.#checkOpen('setState');
    if (state === this.#state) return;
    this.#state = state;
    this.#reporter.report();
  }

  /**
   * Drops all entries and slots and takes a new incarnation: how a member that was declared lost comes back. Reports
   * it at once.
   * @throws DataNodeError CLOSED
   */
  restart(): void {
    this.#checkOpen('restart');
    this.#incarnation = this.#createIncarnation();
    this.invalidations.restart(this.#incarnation);
    this.#dropEverything();
    this.resetStatistics();
    this.#state = 'active';
    this.#reporter.report();
  }

  /** Reports `closed` (if it ever reported), drops everything, answers CLOSED from now on. Idempotent. */
  close(): void {
    if (this.closed) return;
    this.#state = 'closed';
    this.invalidations.flush();
    this.expiry.stop();
    this.#dropEverything();
    this.#reporter.report();
    this.#reporter.stop();
  }

  #status(): NodeStatus {
    return {
      topic: 'node_status',
      node: this.id,
      incarnation: this.#incarnation,
      state: this.#state,
      weight: this.weight,
      slots: this.owned.count,
      statistics: this.statistics(),
    };
  }

  #dropEverything(): void {
    this.owned.clear();
    this.store.clear(EVERY_SLOT);
  }

  #checkOpen(method: string): void {
    if (this.closed)
      throw new DataNodeError('CLOSED', `${method} was called on data node ${this.id}, which is closed`);
  }
}
