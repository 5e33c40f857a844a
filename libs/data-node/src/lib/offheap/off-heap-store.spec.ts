import { describeStoreContract } from '../store-contract.ts';
import { OffHeapStore } from './off-heap-store.ts';

describeStoreContract('OffHeapStore', (options) => new OffHeapStore(options));
