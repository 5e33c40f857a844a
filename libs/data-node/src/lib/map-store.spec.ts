import { MapStore } from './map-store.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('MapStore', (options) => new MapStore(options));
