import type { NodeState, NodeStatistics } from '@distributed-cache/pubsub';
import type { DataNodeClient } from '@distributed-cache/data-node';

export interface SetResult {
  /** False when the condition did not hold. */
  readonly stored: boolean;
  /** The id of the data node that keeps the key. */
  readonly node: string;
}

/**
 * joining: known, has no slots yet. serving: takes part. leaving: its slots have gone to others, its entries follow.
 * lost: declared lost; stays known, because it may come back as a new, empty member.
 */
export type Standing = 'joining' | 'serving' | 'leaving' | 'lost';

const NOTHING_REPORTED: NodeStatistics = Object.freeze({
  entries: 0,
  bytes: 0,
  maxBytes: 0,
  hits: 0,
  misses: 0,
  evictions: 0,
  expirations: 0,
});

/** One incarnation of a data node, as this manager knows it. A node that comes back is another member. */
export class Member {
  readonly id: string;
  readonly incarnation: string;
  readonly weight: number;
  /** The two answers that a set can have: made once, not per operation. */
  readonly stored: SetResult;
  readonly notStored: SetResult;
  standing: Standing = 'joining';
  /** As last reported. */
  state: NodeState = 'active';
  /** As last reported. */
  statistics = NOTHING_REPORTED;
  #gone = false;
  readonly #onDeparture = new Set<() => void>();

  constructor(readonly client: DataNodeClient) {
    this.id = client.id;
    this.incarnation = client.incarnation;
    this.weight = client.weight;
    this.stored = Object.freeze({ stored: true, node: this.id });
    this.notStored = Object.freeze({ stored: false, node: this.id });
  }

  /** Lost, removed or closed: whatever it answers from now on counts for nothing. */
  get gone(): boolean {
    return this.#gone;
  }

  depart(): void {
    this.#gone = true;
    for (const listener of this.#onDeparture) listener();
    this.#onDeparture.clear();
  }

  /** Calls `listener` when the member departs. Returns a function that takes the listener away. */
  onDeparture(listener: () => void): () => void {
    this.#onDeparture.add(listener);
    return () => this.#onDeparture.delete(listener);
  }
}
