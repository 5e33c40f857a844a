import { describe } from '@jest/globals';
import { Bus, type PubSubSides } from './contract/bus.ts';
import { describeDelivery } from './contract/delivery.ts';
import { describeEnd } from './contract/end.ts';
import { describeFilter } from './contract/filter.ts';
import { describeOverflow } from './contract/overflow.ts';
import { describeSubscribers } from './contract/subscribers.ts';

/**
 * Every guarantee of the {@link PubSub} port, as tests. They need Jest's globals, and fail on an unhandled rejection or
 * an uncaught exception too, because Jest does.
 */
export function describePubSubContract(
  name: string,
  factory: () => PubSubSides | Promise<PubSubSides>,
): void {
  describe(`${name} keeps the contract of PubSub:`, () => {
    const bus = new Bus(factory);
    describeDelivery(bus);
    describeSubscribers(bus);
    describeFilter(bus);
    describeOverflow(bus);
    describeEnd(bus);
  });
}
