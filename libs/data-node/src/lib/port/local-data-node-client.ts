import type { NodeStatistics } from '@distributed-cache/pubsub';
import type { DataNode } from '../data-node.ts';
import { ABSENT, MISS, OK, type Status } from '../status.ts';
import type { TransferredEntry } from '../transfer.ts';
import type { DataNodeClient } from './data-node-client.ts';
import { ANY_SLOT, type Hit, type Operation } from './operations.ts';

/** The client of a data node in this process: plain calls, every answer at once. */
export class LocalDataNodeClient implements DataNodeClient {
  readonly id: string;
  readonly weight: number;
  readonly #node: DataNode;

  constructor(node: DataNode) {
    this.id = node.id;
    this.weight = node.weight;
    this.#node = node;
  }

  get incarnation(): string {
    return this.#node.incarnation;
  }

  get(key: Uint8Array, start: number, end: number): Hit | Status {
    const entry = this.#node.read(key, start, end);
    if (entry === ABSENT) return MISS;
    if (entry < 0) return entry as Status;
    const { store } = this.#node;
    const length = store.valueLength(entry);
    const value = Buffer.allocUnsafe(length);
    store.copyValue(entry, value, 0, 0, length);
    const version = { epoch: store.versionEpoch(entry), counter: store.versionCounter(entry) };
    return { value, node: this.id, version };
  }

  has(key: Uint8Array, start: number, end: number): Status {
    return this.#node.has(key, start, end);
  }

  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
  ): Status {
    return this.#node.set(key, keyStart, keyEnd, value, valueStart, valueEnd, ttl, flags);
  }

  delete(key: Uint8Array, start: number, end: number): Status {
    return this.#node.delete(key, start, end);
  }

  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#node.prepare(keys, starts, ends, count);
  }

  execute(operation: Operation): Status {
    const { slot } = operation;
    // What only reads would take what is not here for absent.
    const status = slot === ANY_SLOT ? OK : this.#node.serves(slot);
    if (status === OK) operation.run(this.#node);
    return status;
  }

  takeSlots(slots: readonly number[], epoch: number): void {
    this.#node.takeSlots(slots, epoch);
  }

  releaseSlots(slots: readonly number[]): void {
    this.#node.releaseSlots(slots);
  }

  take(key: Uint8Array, start: number, end: number): TransferredEntry | undefined {
    return this.#node.take(key, start, end);
  }

  takeSome(slots: Uint8Array, limit: number): TransferredEntry[] {
    return this.#node.takeSome(slots, limit);
  }

  receive(entry: TransferredEntry): Status {
    return this.#node.receive(entry);
  }

  start(): void {
    this.#node.start();
  }

  statistics(): NodeStatistics {
    return this.#node.statistics();
  }

  resetStatistics(): void {
    this.#node.resetStatistics();
  }

  drain(): void {
    this.#node.setState('draining');
  }

  restart(): void {
    this.#node.restart();
  }

  close(): void {
    this.#node.close();
  }
}
