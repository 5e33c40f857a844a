import { noop, Subject, Subscription, type Observable } from 'rxjs';
import { Backlog } from './backlog.ts';
import { Delivery } from './delivery.ts';
import { InvalidOptionError, PubSubClosedError } from './errors.ts';
import { IsolatedObservable } from './isolated-observable.ts';
import type { Message, MessageOf, Topic } from './messages.ts';
import { Publication } from './publication.ts';
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
  readonly #publications: { readonly [T in Topic]: Subject<Publication<T>> } = {
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
    const publications = this.#publications[message.topic] as Subject<Publication<Topic>>;
    if (!publications.observed) return;
    const publication = new Publication(message);
    publications.next(publication);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- it goes on as it was thrown
    if (publication.failure !== undefined) throw publication.failure;
  }

  override hasSubscribers(topic: Topic): boolean {
    return this.#publications[topic].observed;
  }

  override messages$<T extends Topic>(
    topic: T,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Observable<MessageOf<T> | Overflow> {
    const checked = checkedOptions(options);
    return new IsolatedObservable(
      (error) => this.#report(error, topic),
      (consumer) =>
        this.#attach(
          topic,
          checked,
          (message) => consumer.next(message),
          () => consumer.complete(),
        ),
    );
  }

  override subscribe<T extends Topic>(
    topic: T,
    handler: (message: MessageOf<T> | Overflow) => void | Promise<void>,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Subscription {
    const subscription = new Subscription();
    subscription.add(this.#attach(topic, checkedOptions(options), handler, () => subscription.unsubscribe()));
    return subscription;
  }

  override close(): Promise<void> {
    return (this.#closing ??= this.#completeAll());
  }

  /** Starts to deliver `topic` to a handler; returns what ends that. */
  #attach<T extends Topic>(
    topic: T,
    { filter, limit, limitBytes }: CheckedOptions<T>,
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
      backlog: new Backlog(limit, limitBytes),
      report: (error) => this.#report(error, topic),
      onComplete,
    });
    this.#deliveries.add(delivery);
    const publications = (this.#publications[topic] as Subject<Publication<T>>).subscribe({
      next: (publication) => {
        if (filter !== undefined && !this.#asks(filter, publication.message)) return;
        const frame = publication.frame();
        if (frame !== undefined) delivery.push(frame);
      },
      complete: () => delivery.end(),
    });
    return () => {
      publications.unsubscribe();
      delivery.stop();
      this.#deliveries.delete(delivery);
      if (this.#deliveries.size === 0) this.#onAllComplete?.();
    };
  }

  async #completeAll(): Promise<void> {
    for (const publications of Object.values(this.#publications)) publications.complete();
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

  #asks<M extends Message>(filter: (message: M) => boolean, message: M): boolean {
    try {
      return filter(message);
    } catch (error) {
      this.#report(error, message.topic);
      return true;
    }
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

interface CheckedOptions<T extends Topic> extends SubscribeOptions<MessageOf<T>> {
  readonly limit: number;
  readonly limitBytes: number;
}

function checkedOptions<T extends Topic>(options: SubscribeOptions<MessageOf<T>> = {}): CheckedOptions<T> {
  return {
    filter: options.filter,
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
