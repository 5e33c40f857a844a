import type { Status } from '../status.ts';
import type { TransferredEntry } from '../transfer.ts';
import type { Answer } from './answer.ts';

/**
 * How slots move between data nodes. See the methods of the same names in {@link DataNode}. An entry whose `take` was carried
 * out but whose answer was lost on the way is lost with it: a miss, never an old value.
 */
export interface SlotMigration {
  takeSlots(slots: readonly number[], epoch: number): Answer<void>;
  releaseSlots(slots: readonly number[]): Answer<void>;
  take(key: Uint8Array, start: number, end: number): Answer<TransferredEntry | undefined>;
  takeSome(slots: Uint8Array, limit: number): Answer<TransferredEntry[]>;
  receive(entry: TransferredEntry): Answer<Status>;
}
