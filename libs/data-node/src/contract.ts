export { describeStoreContract } from './lib/store-contract/store-contract.ts';
export { type CreateStore } from './lib/store-contract/model.ts';
