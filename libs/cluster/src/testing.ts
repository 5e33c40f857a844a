export { ChaosClient } from './lib/testing/chaos-client.ts';
export { describeDataNodeClientContract, type DataNodeClientSetup } from './lib/testing/client-contract.ts';
