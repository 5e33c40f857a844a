export { describeStoreContract } from './lib/store-contract.ts';
export { type CreateStore } from './lib/store-model.ts';
