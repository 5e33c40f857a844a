import {
  OK,
  type DataNode,
  type Status,
  type TransferredEntry,
  type ValueSink,
} from '@distributed-cache/data-node';
import { slotOf } from '@distributed-cache/consistent-hash';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import { DataNodeClient, type Hit } from './data-node-client.ts';

/** Gives each value that is read a buffer of its own, because it goes to the application. */
class OwnBuffer implements ValueSink {
  buffer = Buffer.alloc(0);

  open(length: number): number {
    this.buffer = Buffer.allocUnsafe(length);
    return 0;
  }
}

/** The client of a data node in this process: plain calls, every answer at once. */
export class LocalDataNodeClient extends DataNodeClient {
  readonly id: string;
  readonly weight: number;
  readonly #node: DataNode;
  readonly #sink = new OwnBuffer();

  constructor(node: DataNode) {
    super();
    this.id = node.id;
    this.weight = node.weight;
    this.#node = node;
  }

  get incarnation(): string {
    return this.#node.incarnation;
  }

  get(key: Uint8Array, start: number, end: number): Hit | Status {
    const status = this.#node.get(key, start, end, this.#sink);
    if (status !== OK) return status;
    // The node has just judged the entry to be live, so it is looked up as of the beginning of time.
    const { store } = this.#node;
    const entry = store.find(key, start, end, slotOf(key, start, end), 0);
    return {
      value: this.#sink.buffer,
      node: this.id,
      version: { epoch: store.versionEpoch(entry), counter: store.versionCounter(entry) },
    };
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
