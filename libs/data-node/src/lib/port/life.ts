import type { NodeStatistics } from '@distributed-cache/pubsub';
import type { Answer } from './answer.ts';

/** The life of one data node, wherever it lives: how it begins, what it says of itself, how it ends. */
export interface DataNodeLife {
  readonly id: string;
  /** Share of the slots relative to others. */
  readonly weight: number;
  readonly incarnation: string;

  /** The node begins to report on the PubSub, unless it does already. */
  start(): Answer<void>;
  statistics(): Answer<NodeStatistics>;
  /** Its counters count from 0 again. */
  resetStatistics(): Answer<void>;
  /** The node reports `draining` from now on: it is being emptied. */
  drain(): Answer<void>;
  /** The node drops everything and goes on, empty, under a new incarnation. */
  restart(): Answer<void>;
  /** Ends the node and releases what the port holds. Idempotent. */
  close(): Answer<void>;
}
