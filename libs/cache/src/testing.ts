export { ChaosClient } from './lib/testing/chaos-client.ts';
export { describeDataNodeClientContract } from './lib/testing/client-contract.ts';
export { TestCache } from './lib/testing/test-cache.ts';
