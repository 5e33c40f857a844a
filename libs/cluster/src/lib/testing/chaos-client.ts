import {
  cloneArguments,
  type Arguments,
  type Command,
  type Session,
  capture,
} from '@distributed-cache/redis-server';
import {
  DataNode,
  type DataNodeOptions,
  type Status,
  type TransferredEntry,
} from '@distributed-cache/data-node';
import { systemClock } from '@distributed-cache/runtime';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import { DataNodeClient, type Answer, type Hit } from '../data-node-client.ts';
import { DataNodeUnavailableError } from '../errors.ts';
import { LocalDataNodeClient } from '../local-data-node-client.ts';
import { GatedPubSub } from './gated-pubsub.ts';
import { Line } from './line.ts';

/**
 * A data node of this process behind a connection that misbehaves on demand. Undisturbed it answers at once, like
 * {@link LocalDataNodeClient}, of which it makes every call.
 */
export class ChaosClient extends DataNodeClient {
  /** What is behind the connection, for looking inside. */
  readonly node: DataNode;
  readonly id: string;
  readonly weight: number;
  readonly #client: LocalDataNodeClient;
  readonly #pubsub: GatedPubSub;
  readonly #requests: Line;
  readonly #replies: Line;
  readonly #unanswered = new Set<(error: Error) => void>();
  #latency: () => number = () => 0;
  #failures = 0;
  #killed = false;

  constructor(options: DataNodeOptions) {
    super();
    const clock = options.clock ?? systemClock;
    this.#pubsub = new GatedPubSub(options.pubsub);
    this.node = new DataNode({ ...options, pubsub: this.#pubsub });
    this.#client = new LocalDataNodeClient(this.node);
    this.id = this.#client.id;
    this.weight = this.#client.weight;
    this.#requests = new Line(clock);
    this.#replies = new Line(clock);
  }

  get incarnation(): string {
    return this.#client.incarnation;
  }

  override prepare(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#client.prepare(keys, starts, ends, count);
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
    for (const reject of this.#unanswered) reject(new DataNodeUnavailableError(this.id, true));
    this.#unanswered.clear();
  }

  get(key: Uint8Array, start: number, end: number): Answer<Hit | Status> {
    const own = copy(key, start, end);
    return this.#call((client) => client.get(own, 0, own.length));
  }

  has(key: Uint8Array, start: number, end: number): Answer<Status> {
    const own = copy(key, start, end);
    return this.#call((client) => client.has(own, 0, own.length));
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
  ): Answer<Status> {
    const ownKey = copy(key, keyStart, keyEnd);
    const ownValue = copy(value, valueStart, valueEnd);
    return this.#call((client) =>
      client.set(ownKey, 0, ownKey.length, ownValue, 0, ownValue.length, ttl, flags),
    );
  }

  delete(key: Uint8Array, start: number, end: number): Answer<Status> {
    const own = copy(key, start, end);
    return this.#call((client) => client.delete(own, 0, own.length));
  }

  execute(
    command: Command<Session>,
    args: Arguments,
    session: Session,
    slot: number,
  ): Status | Promise<Buffer | Status> {
    const own = cloneArguments(args);
    // The session's output is that of another event by then.
    const later = (client: LocalDataNodeClient) =>
      capture(session, () => client.execute(command, own, session, slot));
    const atOnce = (client: LocalDataNodeClient) => client.execute(command, args, session, slot);
    return this.#call<Buffer | Status, Status>(later, atOnce) as Status | Promise<Buffer | Status>;
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
    return this.#call((client) => {
      client.start();
    });
  }

  statistics(): Answer<NodeStatistics> {
    return this.#call((client) => client.statistics());
  }

  drain(): Answer<void> {
    return this.#call((client) => {
      client.drain();
    });
  }

  restart(): Answer<void> {
    return this.#call((client) => {
      client.restart();
    });
  }

  close(): Answer<void> {
    if (this.#killed) return undefined;
    return this.#call((client) => {
      client.close();
    });
  }

  /** @param runAtOnce when the connection does nothing to the call */
  #call<T, U = T>(
    run: (client: LocalDataNodeClient) => T,
    runAtOnce: (client: LocalDataNodeClient) => T | U = run,
  ): T | U | Promise<T> {
    if (this.#killed) throw new DataNodeUnavailableError(this.id);
    if (this.#failures > 0) {
      this.#failures--;
      return Promise.reject(new DataNodeUnavailableError(this.id, true));
    }
    const latency = this.#latency();
    if (latency === 0 && this.#requests.clear && this.#replies.clear) return runAtOnce(this.#client);

    const { incarnation } = this;
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
    run: (client: LocalDataNodeClient) => T,
  ): (resolve: (answer: T) => void, reject: (error: unknown) => void) => void {
    try {
      if (this.incarnation !== incarnation) throw new DataNodeUnavailableError(this.id);
      const answer = run(this.#client);
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
