export { ChaosClient } from './lib/testing/chaos-client.ts';
export { type RemoteCalls, type Wire } from './lib/testing/wire.ts';
