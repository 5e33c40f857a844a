import { afterEach, beforeEach } from '@jest/globals';
import type { Subscription } from 'rxjs';
import type { TopologyChange } from '../messages.ts';
import type { Overflow, PubSub, SubscribeOptions } from '../pubsub.ts';
import { numbered } from './messages.ts';

/** What a test runs on: two connections to one bus, or twice the same object when the bus lives in one process. */
export interface PubSubSides {
  readonly publisher: PubSub;
  /** Its `close` should give up on a stuck handler within milliseconds, because tests wait for that. */
  readonly subscriber: PubSub;
  /** Resolves once the subscriptions made so far are in force, and what was published so far has arrived. */
  settle(): Promise<void>;
  /** Closes both sides and whatever they run on. */
  dispose(): Promise<void>;
}

/** The bus that the tests of one `describe` run on: a new one for each test. */
export class Bus {
  sides!: PubSubSides;

  constructor(factory: () => PubSubSides | Promise<PubSubSides>) {
    beforeEach(async () => {
      this.sides = await factory();
    });
    afterEach(async () => {
      await this.sides.dispose();
    });
  }

  get publisher(): PubSub {
    return this.sides.publisher;
  }

  get subscriber(): PubSub {
    return this.sides.subscriber;
  }

  /** Subscribes to the topology, with a probe or a handler. */
  async listen(
    handler: (message: TopologyChange | Overflow) => void | Promise<void>,
    options?: SubscribeOptions<TopologyChange>,
  ): Promise<Subscription> {
    const subscription = this.subscriber.subscribe('topology', handler, options);
    await this.sides.settle();
    return subscription;
  }

  publishNumbers(first: number, last: number): void {
    for (let n = first; n <= last; n++) this.publisher.publish(numbered(n));
  }
}
