export { ChaosClient } from './lib/testing/chaos-client.ts';
export { TestCache } from './lib/testing/test-cache.ts';
