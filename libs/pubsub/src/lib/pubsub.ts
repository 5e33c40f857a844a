import type { Observable, Subscription } from 'rxjs';
import type { MessageOf, Message, Topic } from './messages.ts';

/** Told to a subscriber that fell behind: `dropped` messages of `of` were not delivered to it at this point. */
export interface Overflow {
  readonly topic: 'overflow';
  readonly of: Topic;
  readonly dropped: number;
}

export interface SubscribeOptions {
  /** How many undelivered messages may wait before the oldest are dropped. Default 10,000. */
  readonly limit?: number;
}

/**
 * The control plane: how members and managers tell each other what happened. Data never travels here.
 *
 * What every implementation guarantees (`describePubSubContract` in `./testing` checks it):
 *
 * - A publisher never waits for a subscriber and never sees its errors.
 * - Delivery is asynchronous, and each subscriber gets its own decoded copy.
 * - Messages of one publisher reach a subscriber in the order in which they were published, each at most once.
 * - A subscriber that falls behind loses messages, never silently: an {@link Overflow} stands where they were.
 * - A handler that throws or rejects harms neither the publisher nor another subscriber, and stays subscribed.
 * - After `unsubscribe` the handler is not called again. `close` completes every stream; publishing afterwards throws
 *   {@link PubSubClosedError}.
 */
export abstract class PubSub {
  abstract publish(message: Message): void;

  /** False when surely nobody listens to the topic, so that a message need not be made. */
  abstract hasSubscribers(topic: Topic): boolean;

  /** A hot stream: what is published from now on. Completes on `close`, never errors. */
  abstract messages$<T extends Topic>(topic: T): Observable<MessageOf<T> | Overflow>;

  /** Calls `handler` with one message at a time: the next waits until the promise it returned has settled. */
  abstract subscribe<T extends Topic>(
    topic: T,
    handler: (message: MessageOf<T> | Overflow) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription;

  /** Completes every stream and releases what the implementation holds. Idempotent. */
  abstract close(): Promise<void>;
}
