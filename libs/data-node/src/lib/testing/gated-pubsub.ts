import {
  PubSub,
  type Message,
  type MessageOf,
  type Overflow,
  type SubscribeOptions,
  type Topic,
} from '@distributed-cache/pubsub';
import type { Observable, Subscription } from 'rxjs';

/** A member's connection to the PubSub, which can be cut: what it publishes then is lost. */
export class GatedPubSub extends PubSub {
  open = true;

  constructor(private readonly pubsub: PubSub) {
    super();
  }

  publish(message: Message): void {
    if (this.open) this.pubsub.publish(message);
  }

  hasSubscribers(topic: Topic): boolean {
    return this.open && this.pubsub.hasSubscribers(topic);
  }

  messages$<T extends Topic>(
    topic: T,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Observable<MessageOf<T> | Overflow> {
    return this.pubsub.messages$(topic, options);
  }

  subscribe<T extends Topic>(
    topic: T,
    handler: (message: MessageOf<T> | Overflow) => void | Promise<void>,
    options?: SubscribeOptions<MessageOf<T>>,
  ): Subscription {
    return this.pubsub.subscribe(topic, handler, options);
  }

  close(): Promise<void> {
    return this.pubsub.close();
  }
}
