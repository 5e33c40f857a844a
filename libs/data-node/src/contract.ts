export { describeLifeContract } from './lib/contract/life-contract.ts';
export { describeOperationsContract } from './lib/contract/operations-contract.ts';
export { type PortSetup, type SetUpPort } from './lib/contract/ports-setup.ts';
export { describeSlotMigrationContract } from './lib/contract/slot-migration-contract.ts';
