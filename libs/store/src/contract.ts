export { marked, type CreateStore } from './lib/contract/model.ts';
export { describeStoreContract } from './lib/contract/store-contract.ts';
