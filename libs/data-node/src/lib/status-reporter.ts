import type { NodeStatus, PubSub } from '@distributed-cache/pubsub';
import { announce } from './announce.ts';
import type { Clock } from '@distributed-cache/runtime';

/** Publishes a node's status from `start` to `stop`: at once, at intervals, and when {@link report} is called. */
export class StatusReporter {
  readonly #pubsub: PubSub;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #status: () => NodeStatus;
  #cancel: (() => void) | undefined;

  constructor(pubsub: PubSub, clock: Clock, interval: number, status: () => NodeStatus) {
    this.#pubsub = pubsub;
    this.#clock = clock;
    this.#interval = interval;
    this.#status = status;
  }

  start(): void {
    if (this.#cancel === undefined) this.#run();
  }

  /** Does nothing before `start` and after `stop`: who has not announced itself has nothing to correct. */
  report(): void {
    if (this.#cancel !== undefined) this.#publish();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #run(): void {
    this.#cancel = this.#clock.schedule(this.#interval, () => {
      this.#run();
    });
    this.#publish();
  }

  #publish(): void {
    if (this.#pubsub.hasSubscribers('node_status')) announce(this.#pubsub, this.#status());
  }
}
