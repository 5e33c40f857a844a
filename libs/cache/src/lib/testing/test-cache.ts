import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import { EventClock } from '@distributed-cache/runtime';
import { type DataNode, type DataNodeOptions } from '@distributed-cache/data-node';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { ManualClock } from '@distributed-cache/test-kit';
import { setImmediate } from 'node:timers/promises';
import { CacheManager, type CacheManagerOptions } from '../cache-manager.ts';
import { ChaosClient, type Wire } from '@distributed-cache/data-node/testing';

/** Longer than anything takes that ends at all, in milliseconds. */
const PATIENCE = 60_000;

/** A whole cache in this process, on a clock that stands still unless the test moves it. */
export class TestCache {
  readonly clock = new ManualClock();
  /** That of the data nodes. */
  readonly eventClock = new EventClock(this.clock);
  readonly pubsub = new InMemoryPubSub();
  readonly manager: CacheManager;
  /** By id; the last one made, if several were. */
  readonly nodes = new Map<string, ChaosClient>();
  readonly #clients: ChaosClient[] = [];
  /** All that were made, in this order. */
  readonly dataNodes: DataNode[] = [];
  readonly #ends: (() => void)[] = [];

  /** @param wire how operations reach a data node that is disturbed */
  constructor(
    options: Omit<CacheManagerOptions, 'pubsub' | 'clock'> = {},
    private readonly wire?: Wire,
  ) {
    this.manager = new CacheManager({ ...options, pubsub: this.pubsub, clock: this.clock });
  }

  /** Makes a data node, which has not joined yet. */
  node(id: string, options: Partial<DataNodeOptions> = {}): ChaosClient {
    const { pubsub, eventClock: clock } = this;
    const client = new ChaosClient({ maxBytes: 64 * 1024 * 1024, ...options, id, pubsub, clock }, this.wire);
    this.nodes.set(id, client);
    this.#clients.push(client);
    this.dataNodes.push(client.node);
    return client;
  }

  /** What stands in front of the cache, and is to be closed before it. */
  before(end: () => void): void {
    this.#ends.push(end);
  }

  async join(...ids: string[]): Promise<ChaosClient[]> {
    const clients = ids.map((id) => this.node(id));
    for (const client of clients) await this.manager.addNode(client);
    return clients;
  }

  /** Lets time pass until the promise has settled, at most `patience` milliseconds. */
  async outcome<T>(promise: Promise<T>, patience = PATIENCE): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    const end = this.clock.now() + patience;
    for (await this.turns(); !settled && this.clock.now() < end; await this.turns()) {
      await this.clock.advanceAsync(1);
    }
    if (!settled) throw new Error('The promise did not settle.');
    return promise;
  }

  /** Lets promises and messages that are due at this time take their course. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  }

  /**
   * Where the nodes that take part are not what the topology says: slots that they serve or do not serve against it,
   * and entries left behind. Empty when nothing moves.
   */
  inconsistencies(): string[] {
    const { members, primaries } = this.manager.topology;
    const found: string[] = [];
    for (const { id, state } of this.manager.nodes()) {
      if (state === 'lost') continue;
      const { node } = this.nodes.get(id)!;
      for (let slot = 0; slot < SLOT_COUNT; slot++) {
        const primary = members[primaries[slot]!]?.id;
        const served = node.owns(slot);
        if (served !== (primary === id)) found.push(`${id} serves slot ${slot} of ${primary}: ${served}`);
        if (primary !== id && node.store.entriesInSlot(slot) > 0) {
          found.push(`${id} has entries in slot ${slot} of ${primary}`);
        }
      }
    }
    return found;
  }

  /** Ends everything, and throws if a timer is left over. (A rejection that nobody handled fails a test in Jest.) */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    await this.outcome(this.manager.close());
    for (const client of this.#clients) client.kill();
    await this.pubsub.close();
    await this.turns();
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers are left`);
  }
}
