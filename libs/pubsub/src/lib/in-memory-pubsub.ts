import { noop, Subject, Subscription, type Observable } from 'rxjs';
import { Backlog } from './backlog.ts';
import { encodeMessage } from './codec.ts';
import { Delivery } from './delivery.ts';
import { InvalidOptionError, PubSubClosedError } from './errors.ts';
import { IsolatedObservable } from './isolated-observable.ts';
import type { Message, MessageOf, Topic } from './messages.ts';
import { PubSub, type Overflow, type SubscribeOptions } from './pubsub.ts';

const DEFAULT_LIMIT = 10_000;
const DEFAULT_LIMIT_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLOSE_TIMEOUT = 1_000;
/** Node's timers fire at once when asked for more. */
const MAX_TIMEOUT = 0x7fff_ffff;

export interface InMemoryPubSubOptions {
  /**
   * Told what a subscriber's handler threw or rejected with, for the application's log. Default: a warning of the
   * process (`process.emitWarning`). What the hook itself throws becomes such a warning too.
   */
  readonly onHandlerError?: (error: unknown, topic: Topic) => void;
  /**
   * How long `close` waits for subscribers to take what was published before, in milliseconds. Default 1,000.
   * Whoever is not done by then loses the rest.
   */
  readonly closeTimeout?: number;
}

/**
 * PubSub within one process. What it does is what a network would do, only sooner: a message becomes bytes when it is
 * published, once, and each subscriber decodes it for itself, later.
 */
export class InMemoryPubSub extends PubSub {
  readonly #frames: Readonly<Record<Topic, Subject<Uint8Array>>> = {
    node_key_assignment: new Subject(),
    cache_invalidation: new Subject(),
    node_status: new Subject(),
    topology: new Subject(),
    client_message: new Subject(),
  };
  readonly #deliveries = new Set<Pick<Delivery<Topic>, 'complete'>>();
  readonly #onHandlerError: (error: unknown, topic: Topic) => void;
  readonly #closeTimeout: number;
  #closing: Promise<void> | undefined;
  #onAllComplete: (() => void) | undefined;

  constructor(options: InMemoryPubSubOptions = {}) {
    super();
    this.#onHandlerError = options.onHandlerError ?? warn;
    this.#closeTimeout = integerOption(
      'closeTimeout',
      options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT,
      1,
      MAX_TIMEOUT,
    );
  }

  override publish(message: Message): void {
    if (this.#closing) throw new PubSubClosedError();
    const frames = this.#frames[message.topic];
    if (frames.observed) frames.next(encodeMessage(message));
  }

  override hasSubscribers(topic: Topic): boolean {
    return this.#frames[topic].observed;
  }

  override messages$<T extends Topic>(
    topic: T,
    options?: SubscribeOptions,
  ): Observable<MessageOf<T> | Overflow> {
    const limits = limitsOf(options);
    return new IsolatedObservable(
      (error) => this.#report(error, topic),
      (consumer) =>
        this.#attach(
          topic,
          limits,
          (message) => consumer.next(message),
          () => consumer.complete(),
        ),
    );
  }

  override subscribe<T extends Topic>(
    topic: T,
    handler: (message: MessageOf<T> | Overflow) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription {
    const subscription = new Subscription();
    subscription.add(this.#attach(topic, limitsOf(options), handler, () => subscription.unsubscribe()));
    return subscription;
  }

  override close(): Promise<void> {
    return (this.#closing ??= this.#completeAll());
  }

  /** Starts to deliver `topic` to a handler; returns what ends that. */
  #attach<T extends Topic>(
    topic: T,
    limits: Required<SubscribeOptions>,
    handler: (message: MessageOf<T> | Overflow) => unknown,
    onComplete: () => void,
  ): () => void {
    if (this.#closing) {
      onComplete();
      return noop;
    }
    const delivery = new Delivery<T>({
      topic,
      handler,
      backlog: new Backlog(limits.limit, limits.limitBytes),
      report: (error) => this.#report(error, topic),
      onComplete,
    });
    this.#deliveries.add(delivery);
    const frames = this.#frames[topic].subscribe({
      next: (frame) => delivery.push(frame),
      complete: () => delivery.end(),
    });
    return () => {
      frames.unsubscribe();
      delivery.stop();
      this.#deliveries.delete(delivery);
      if (this.#deliveries.size === 0) this.#onAllComplete?.();
    };
  }

  async #completeAll(): Promise<void> {
    for (const frames of Object.values(this.#frames)) frames.complete();
    if (this.#deliveries.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#closeTimeout);
        this.#onAllComplete = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const delivery of this.#deliveries) delivery.complete();
  }

  #report(error: unknown, topic: Topic): void {
    try {
      this.#onHandlerError(error, topic);
    } catch (hookError) {
      warn(hookError, topic);
    }
  }
}

function warn(error: unknown, topic: Topic): void {
  const detail = error instanceof Error ? error.stack : String(error);
  process.emitWarning(`A subscriber of ${topic} failed`, { type: 'PubSubWarning', detail });
}

function limitsOf(options: SubscribeOptions = {}): Required<SubscribeOptions> {
  return {
    limit: integerOption('limit', options.limit ?? DEFAULT_LIMIT, 1, Number.MAX_SAFE_INTEGER),
    limitBytes: integerOption(
      'limitBytes',
      options.limitBytes ?? DEFAULT_LIMIT_BYTES,
      1,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}

function integerOption(option: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InvalidOptionError(option, `an integer from ${least} to ${most}`);
}
