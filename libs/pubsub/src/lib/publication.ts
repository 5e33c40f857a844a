import { encodeMessage } from './codec.ts';
import type { MessageOf, Topic } from './messages.ts';

/** A message on its way to its subscribers: encoded once, for the first who wants it. */
export class Publication<T extends Topic> {
  readonly message: MessageOf<T>;
  /** Why the message cannot be encoded, once somebody wanted it: the publisher's mistake, not a subscriber's. */
  failure: unknown;
  #frame: Uint8Array | undefined;

  constructor(message: MessageOf<T>) {
    this.message = message;
  }

  /** Undefined when it cannot be encoded. */
  frame(): Uint8Array | undefined {
    if (this.#frame !== undefined || this.failure !== undefined) return this.#frame;
    try {
      this.#frame = encodeMessage(this.message);
    } catch (error) {
      this.failure = error;
    }
    return this.#frame;
  }
}
