import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import {
  PubSub,
  type CacheInvalidation,
  type Message,
  type NodeStatus,
  type Topic,
} from '@distributed-cache/pubsub';
import { EMPTY, Subscription, type Observable } from 'rxjs';
import type { DataNodeOptions } from './data-node-options.ts';
import { DataNode } from './data-node.ts';
import type { ValueSink } from './keyspace.ts';
import { ManualClock } from '@distributed-cache/test-kit';
import { OK, type Status } from './status.ts';

/** Keeps what is published on the topics that have a listener. */
export class RecordingPubSub extends PubSub {
  readonly listened = new Set<Topic>();
  readonly published: Message[] = [];

  publish(message: Message): void {
    this.published.push(structuredClone(message));
  }

  hasSubscribers(topic: Topic): boolean {
    return this.listened.has(topic);
  }

  messages$(): Observable<never> {
    return EMPTY;
  }

  subscribe(): Subscription {
    return new Subscription();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Collects one value, in another buffer each time and not at its start, as a network's output buffer would. */
export class TestSink implements ValueSink {
  buffer = new Uint8Array(0);
  #offset = 0;

  open(length: number): number {
    this.#offset = (this.#offset % 7) + 1;
    this.buffer = new Uint8Array(this.#offset + length).fill(0xee);
    return this.#offset;
  }

  get value(): Buffer {
    return Buffer.from(this.buffer.subarray(this.#offset));
  }
}

export const ALL_SLOTS = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);

/** A data node that owns every slot, with a manual clock, and its operations for string keys. */
export class TestNode {
  readonly clock = new ManualClock();
  readonly pubsub = new RecordingPubSub();
  readonly node: DataNode;
  readonly #sink = new TestSink();
  #incarnations = 0;

  constructor(options: Partial<DataNodeOptions> = {}) {
    this.node = new DataNode({
      id: 'node-1',
      pubsub: this.pubsub,
      clock: this.clock,
      maxBytes: 64 * 1024 * 1024,
      createIncarnation: () => `incarnation-${++this.#incarnations}`,
      ...options,
    });
    this.node.takeSlots(ALL_SLOTS, 1);
  }

  /** The value, or the status when it is not OK. */
  get(key: string | Buffer): string | Status {
    const bytes = Buffer.from(key as string);
    const status = this.node.get(bytes, 0, bytes.length, this.#sink);
    return status === OK ? this.#sink.value.toString('latin1') : status;
  }

  set(key: string | Buffer, value: string | Buffer, options: { ttl?: number; flags?: number } = {}): Status {
    const bytes = Buffer.concat([Buffer.from('<'), Buffer.from(key as string), Buffer.from('>')]);
    const data = Buffer.concat([Buffer.from('('), Buffer.from(value as string), Buffer.from(')')]);
    const { ttl = 0, flags = 0 } = options;
    return this.node.set(bytes, 1, bytes.length - 1, data, 1, data.length - 1, ttl, flags);
  }

  has(key: string | Buffer): Status {
    const bytes = Buffer.from(key as string);
    return this.node.has(bytes, 0, bytes.length);
  }

  touch(key: string | Buffer): Status {
    const bytes = Buffer.from(key as string);
    return this.node.touch(bytes, 0, bytes.length);
  }

  delete(key: string | Buffer): Status {
    const bytes = Buffer.from(key as string);
    return this.node.delete(bytes, 0, bytes.length);
  }

  append(key: string | Buffer, value: string | Buffer): number {
    const bytes = Buffer.from(key as string);
    const data = Buffer.from(value as string);
    return this.node.append(bytes, 0, bytes.length, data, 0, data.length);
  }

  /** The new value, or the status when it is not OK. */
  add(key: string | Buffer, delta: number | bigint): string | Status {
    const bytes = Buffer.from(key as string);
    const status = this.node.add(bytes, 0, bytes.length, delta, this.#sink);
    return status === OK ? this.#sink.value.toString('latin1') : status;
  }

  /** What was published since the last call, the current turn of the event loop included. */
  invalidations(): CacheInvalidation[] {
    this.clock.advance(0);
    return this.#takePublished('cache_invalidation');
  }

  reports(): NodeStatus[] {
    return this.#takePublished('node_status');
  }

  #takePublished<T extends Message['topic']>(topic: T): Extract<Message, { topic: T }>[] {
    const { published } = this.pubsub;
    const taken = published.filter((message) => message.topic === topic) as Extract<Message, { topic: T }>[];
    this.pubsub.published.splice(
      0,
      published.length,
      ...published.filter((message) => message.topic !== topic),
    );
    return taken;
  }
}
