export { describeDataNodeClientContract, type DataNodeClientSetup } from './lib/testing/client-contract.ts';
