import type { Backlog } from './backlog.ts';
import { decodeMessage } from './codec.ts';
import type { MessageOf, Topic } from './messages.ts';
import type { Overflow } from './pubsub.ts';

/** A turn ends after this many messages, or this many bytes, whichever comes first. */
const TURN_MESSAGES = 64;
const TURN_BYTES = 256 * 1024;

export interface DeliveryOptions<T extends Topic> {
  readonly topic: T;
  readonly handler: (message: MessageOf<T> | Overflow) => unknown;
  readonly backlog: Backlog;
  /** Told what the handler threw or rejected with. Must not throw. */
  readonly report: (error: unknown) => void;
  /** Called once, unless `stop` comes first: after the last message, or by `complete`. */
  readonly onComplete: () => void;
}

/**
 * Brings frames to one subscriber, in turns of the event loop: a burst of messages costs one `setImmediate`, and a
 * subscriber with thousands waiting gives way to I/O and to the other subscribers after each turn. Turns count across
 * awaited handlers too, because a promise that settles at once would otherwise keep the loop in its microtasks.
 */
export class Delivery<T extends Topic> {
  readonly #options: DeliveryOptions<T>;
  /** A turn is under way, is scheduled, or waits for the handler's promise. */
  #active = false;
  #ending = false;
  #stopped = false;
  #messagesLeft = 0;
  #bytesLeft = 0;

  constructor(options: DeliveryOptions<T>) {
    this.#options = options;
  }

  push(frame: Uint8Array): void {
    this.#options.backlog.push(frame);
    this.#wake();
  }

  /** No more frames will come: completes after those that wait. */
  end(): void {
    this.#ending = true;
    this.#wake();
  }

  /** Forgets what waits, and completes now. */
  complete(): void {
    if (this.#stopped) return;
    this.stop();
    try {
      this.#options.onComplete();
    } catch (error) {
      this.#options.report(error);
    }
  }

  /** Forgets what waits; the handler is not called again. */
  stop(): void {
    this.#stopped = true;
    this.#options.backlog.clear();
  }

  #wake(): void {
    if (this.#active) return;
    this.#active = true;
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    setImmediate(() => {
      this.#messagesLeft = TURN_MESSAGES;
      this.#bytesLeft = TURN_BYTES;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#stopped) {
      if (this.#messagesLeft <= 0 || this.#bytesLeft <= 0) {
        this.#scheduleTurn();
        return;
      }
      const message = this.#next();
      if (!message) {
        this.#active = false;
        if (this.#ending) this.complete();
        return;
      }
      const pending = this.#handle(message);
      if (pending) {
        void pending.then(() => this.#deliver());
        return;
      }
    }
  }

  #next(): MessageOf<T> | Overflow | undefined {
    const dropped = this.#options.backlog.takeDropped();
    if (dropped > 0) return this.#overflow(dropped);
    const frame = this.#options.backlog.shift();
    if (!frame) return undefined;
    this.#messagesLeft--;
    this.#bytesLeft -= frame.length;
    try {
      return decodeMessage(this.#options.topic, frame);
    } catch (error) {
      // Only bytes from another process can get here. To the subscriber it is one more message that did not arrive.
      this.#options.report(error);
      return this.#overflow(1);
    }
  }

  #overflow(dropped: number): Overflow {
    return { topic: 'overflow', of: this.#options.topic, dropped };
  }

  /** A promise that never rejects, if there is anything to wait for. */
  #handle(message: MessageOf<T> | Overflow): Promise<unknown> | undefined {
    try {
      const result = this.#options.handler(message);
      return result === undefined ? undefined : Promise.resolve(result).catch(this.#options.report);
    } catch (error) {
      this.#options.report(error);
      return undefined;
    }
  }
}
