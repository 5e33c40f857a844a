export { ChaosClient } from '@distributed-cache/data-node/testing';
export { COLD, hadNoEffect, KEYS, Run, throughManager, type Operate } from './lib/testing/linearizability.ts';
export { TestCache } from './lib/testing/test-cache.ts';
