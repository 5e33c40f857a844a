import type { Observable, Subscription } from 'rxjs';
import type { MessageOf, Message, Topic } from './messages.ts';

/** Told to a subscriber that fell behind: `dropped` messages of `of` were not delivered to it at this point. */
export interface Overflow {
  readonly topic: 'overflow';
  readonly of: Topic;
  readonly dropped: number;
}

/**
 * What a subscriber wants, and how much may wait for it before the oldest messages are dropped. The message in its hands
 * does not count. Both limits are positive integers.
 */
export interface SubscribeOptions<M extends Message = Message> {
  /**
   * Which messages to hand over; what it refuses is not queued, and so neither counts nor is missed. Asked for each
   * message when it arrives, in the publisher's own turn where that is in this process: it has to be quick, and neither
   * keeps nor changes the message. A message for which it throws is handed over. Default: all.
   */
  readonly filter?: (message: M) => boolean;
  /** Messages. Default 10,000. */
  readonly limit?: number;
  /** Bytes of encoded messages, so that a few large ones cannot fill the memory. Default 32 MiB. The newest always stays. */
  readonly limitBytes?: number;
}

/**
 * The control plane: how members and managers tell each other what happened. Data never travels here.
 *
 * What every implementation guarantees (`describePubSubContract` in `./testing` checks it):
 *
 * - A publisher never waits for a subscriber and never sees its errors.
 * - Delivery is asynchronous, and each subscriber gets its own decoded copy.
 * - Messages of one publisher reach a subscriber in the order in which they were published, each at most once.
 * - What a subscriber's filter refuses costs it nothing, and nobody encodes a message that all refuse.
 * - A subscriber that falls behind loses messages, never silently: an {@link Overflow} stands where they were.
 * - A handler that throws or rejects harms neither the publisher nor another subscriber, and stays subscribed.
 * - After `unsubscribe` the handler is not called again, not even with messages that waited already.
 * - Once `close` is called, publishing throws {@link PubSubClosedError} and new subscriptions are complete at once.
 *   What had arrived before is still delivered; then the streams complete.
 */
export abstract class PubSub {
  /**
   * Encodes the message before it returns; the caller may then reuse its bytes. Throws {@link PubSubClosedError} after
   * `close`, and {@link MalformedMessageError} when a field of the message is wrong.
   */
  abstract publish(message: Message): void;

  /** False when surely nobody listens to the topic, so that a message need not be made. */
  abstract hasSubscribers(topic: Topic): boolean;

  /**
   * A hot stream: what is published after each `subscribe` to it. Completes on `close`, never errors. It waits for
   * nobody: asynchronous work belongs into {@link PubSub.subscribe}, whose queue is bounded.
   */
  abstract messages$<T extends Topic>(
    topic: T,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Observable<MessageOf<T> | Overflow>;

  /**
   * Calls `handler` with one message at a time: the next waits until the promise it returned has settled. The
   * subscription is closed, and its teardowns run, when it is unsubscribed or the PubSub has been closed.
   */
  abstract subscribe<T extends Topic>(
    topic: T,
    handler: (message: MessageOf<T> | Overflow) => void | Promise<void>,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Subscription;

  /**
   * Completes every stream and releases what the implementation holds. Resolves when that is done, never rejects, and
   * does not wait forever for a handler that does not settle. Idempotent.
   */
  abstract close(): Promise<void>;
}
