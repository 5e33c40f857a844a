import { systemClock } from '@distributed-cache/runtime';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import type { DataNodeOptions } from '../data-node-options.ts';
import { DataNode } from '../data-node.ts';
import type { Answer } from '../port/answer.ts';
import type { DataNodeClient } from '../port/data-node-client.ts';
import { UnreachableError } from '../port/errors.ts';
import { LocalDataNodeClient } from '../port/local-data-node-client.ts';
import type { Hit, Operation } from '../port/operations.ts';
import type { Status } from '../status.ts';
import type { TransferredEntry } from '../transfer.ts';
import { GatedPubSub } from './gated-pubsub.ts';
import { Line } from './line.ts';
import type { RemoteCalls, Wire } from './wire.ts';

/**
 * A data node of this process behind a connection that misbehaves on demand. Undisturbed it answers at once, like
 * {@link LocalDataNodeClient}, of which it makes every call. Disturbed, operations travel as bytes if it was given a
 * {@link Wire}, and cannot be {@link execute}d without one.
 */
export class ChaosClient implements DataNodeClient {
  /** What is behind the connection, for looking inside. */
  readonly node: DataNode;
  readonly id: string;
  readonly weight: number;
  readonly #local: LocalDataNodeClient;
  readonly #pubsub: GatedPubSub;
  readonly #requests: Line;
  readonly #replies: Line;
  readonly #unanswered = new Set<(error: Error) => void>();
  #latency: () => number = () => 0;
  #failures = 0;
  /** The latency of the call that is being made. */
  #wait = 0;
  #killed = false;

  /** Calls that go as bytes, over the lines. */
  readonly #remote: RemoteCalls | undefined;

  constructor(options: DataNodeOptions, wire?: Wire) {
    const clock = options.clock ?? systemClock;
    this.#pubsub = new GatedPubSub(options.pubsub);
    this.node = new DataNode({ ...options, pubsub: this.#pubsub });
    this.#local = new LocalDataNodeClient(this.node);
    this.id = this.#local.id;
    this.weight = this.#local.weight;
    this.#requests = new Line(clock);
    this.#replies = new Line(clock);
    if (wire === undefined) return;
    const serve = wire.serve(this.node);
    this.#remote = wire.connect(this.node, (request) => this.#travel(() => serve(request)));
  }

  get incarnation(): string {
    return this.#local.incarnation;
  }

  prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#local.prepare(keys, starts, ends, count);
  }

  /** Nothing gets through in either direction, reports neither, until {@link resume}: calls and answers pile up. */
  stall(): void {
    this.#pubsub.open = false;
    this.#requests.hold();
    this.#replies.hold();
  }

  /** What piled up is carried out now, late. */
  resume(): void {
    this.#pubsub.open = true;
    this.#requests.release();
    this.#replies.release();
  }

  /** Each direction takes this long from now on, in milliseconds: a number, or a function asked for each call. */
  delay(latency: number | (() => number)): void {
    this.#latency = typeof latency === 'number' ? () => latency : latency;
  }

  /** The next calls fail, and are not carried out. The caller cannot know that. */
  fail(calls: number): void {
    this.#failures = calls;
  }

  /** The process ends at once: entries and unanswered calls are lost, and it reports nothing, not even its end. */
  kill(): void {
    this.#killed = true;
    this.#pubsub.open = false;
    this.#requests.cut();
    this.#replies.cut();
    this.node.close();
    for (const reject of this.#unanswered) reject(new UnreachableError(this.id));
    this.#unanswered.clear();
  }

  get(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Hit | Status> {
    const own = copy(key, start, end);
    return this.#ask((node) => node.get(own, 0, own.length, slot, timeout));
  }

  has(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Status> {
    const own = copy(key, start, end);
    return this.#ask((node) => node.has(own, 0, own.length, slot, timeout));
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
    slot: number,
    timeout: number,
  ): Answer<Status> {
    const ownKey = copy(key, keyStart, keyEnd);
    const ownValue = copy(value, valueStart, valueEnd);
    return this.#ask((node) =>
      node.set(ownKey, 0, ownKey.length, ownValue, 0, ownValue.length, ttl, flags, slot, timeout),
    );
  }

  delete(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Answer<Status> {
    const own = copy(key, start, end);
    return this.#ask((node) => node.delete(own, 0, own.length, slot, timeout));
  }

  execute(operation: Operation, timeout: number): Status | Promise<Buffer | Status> {
    if (this.#undisturbed()) return this.#local.execute(operation);
    if (this.#remote === undefined) throw new Error('operations need a wire to travel on');
    return this.#remote.execute(operation, timeout);
  }

  takeSlots(slots: readonly number[], epoch: number): Answer<void> {
    return this.#call((client) => {
      client.takeSlots(slots, epoch);
    });
  }

  releaseSlots(slots: readonly number[]): Answer<void> {
    return this.#call((client) => {
      client.releaseSlots(slots);
    });
  }

  take(key: Uint8Array, start: number, end: number): Answer<TransferredEntry | undefined> {
    const own = copy(key, start, end);
    return this.#call((client) => client.take(own, 0, own.length));
  }

  takeSome(slots: Uint8Array, limit: number): Answer<TransferredEntry[]> {
    return this.#call((client) => client.takeSome(slots, limit));
  }

  receive(entry: TransferredEntry): Answer<Status> {
    return this.#call((client) => client.receive(entry));
  }

  start(): Answer<void> {
    return this.#ask((node) => node.start());
  }

  statistics(): Answer<NodeStatistics> {
    return this.#ask((node) => node.statistics());
  }

  resetStatistics(): Answer<void> {
    return this.#ask((node) => node.resetStatistics());
  }

  drain(): Answer<void> {
    return this.#ask((node) => node.drain());
  }

  restart(): Answer<void> {
    return this.#ask((node) => node.restart());
  }

  close(): Answer<void> {
    if (this.#killed) return undefined;
    return this.#ask((node) => node.close());
  }

  /** A call that goes as bytes when there is a wire. */
  #ask<T>(call: (node: RemoteCalls) => Answer<T>): Answer<T> {
    if (this.#undisturbed()) return call(this.#local);
    if (this.#remote !== undefined) return call(this.#remote);
    return this.#travel(() => call(this.#local) as T);
  }

  /** A call that goes as it is. */
  #call<T>(run: (client: LocalDataNodeClient) => T): Answer<T> {
    return this.#undisturbed() ? run(this.#local) : this.#travel(() => run(this.#local));
  }

  /** Whether the connection does nothing to a call. @throws UnreachableError when there is none */
  #undisturbed(): boolean {
    if (this.#killed) throw new UnreachableError(this.id);
    if (this.#failures > 0) return false;
    this.#wait = this.#latency();
    return this.#wait === 0 && this.#requests.clear && this.#replies.clear;
  }

  /** Takes a call there, and its answer back. */
  #travel<T>(run: () => T): Promise<T> {
    if (this.#failures > 0) {
      this.#failures--;
      return Promise.reject(new UnreachableError(this.id));
    }
    const { incarnation } = this;
    const latency = this.#wait;
    return new Promise<T>((resolve, reject) => {
      this.#unanswered.add(reject);
      this.#requests.send(latency, () => {
        const reply = this.#carryOut(incarnation, run);
        this.#replies.send(latency, () => {
          this.#unanswered.delete(reject);
          reply(resolve, reject);
        });
      });
    });
  }

  /** What the process does with a call that arrives. Returns how to deliver the answer. */
  #carryOut<T>(
    incarnation: string,
    run: () => T,
  ): (resolve: (answer: T) => void, reject: (error: unknown) => void) => void {
    try {
      if (this.incarnation !== incarnation) throw new UnreachableError(this.id);
      const answer = run();
      return (resolve) => {
        resolve(answer);
      };
    } catch (error) {
      return (_resolve, reject) => {
        reject(error);
      };
    }
  }
}

const copy = (bytes: Uint8Array, start: number, end: number): Buffer =>
  Buffer.from(bytes.subarray(start, end));
