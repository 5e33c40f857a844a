export { type PubSubSides } from './lib/contract/bus.ts';
export { describePubSubContract } from './lib/pubsub-contract.ts';
