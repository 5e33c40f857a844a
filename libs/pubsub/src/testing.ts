export { describePubSubContract, type PubSubSides } from './lib/pubsub-contract.ts';
