import type { DataNodeLife } from './life.ts';
import type { DataNodeOperations } from './operations.ts';
import type { SlotMigration } from './slot-migration.ts';

/** All ports to one data node. */
export interface DataNodeClient extends DataNodeOperations, DataNodeLife, SlotMigration {}
