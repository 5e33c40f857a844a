import {
  assertLinearizable,
  HistoryRecorder,
  registerModel,
  SeededRandom,
  type Operation,
} from '@distributed-cache/test-kit';
import { CacheError } from '@distributed-cache/cluster';
import type { ChaosClient } from '@distributed-cache/data-node/testing';
import { type TestCache } from './test-cache.ts';

/** Few, so that clients meet on them. */
export const KEYS = Array.from({ length: 12 }, (_, index) => `hot:${index}`);
/** Many, so that a move takes several steps. Written once, before everything else. */
export const COLD = Array.from({ length: 1500 }, (_, index) => `cold:${index}`);
const CLIENTS = 10;
/** Milliseconds, of the clock that is moved by hand. */
const ENOUGH = 1_000_000;

/** What the error says about the operation that failed. Anything but a CacheError fails the test. */
export function hadNoEffect(error: unknown): boolean {
  if (!(error instanceof CacheError)) throw error;
  return !('outcomeUnknown' in error && error.outcomeUnknown);
}

/** Carries out one operation on one key, of one client. Fails with a CacheError. */
export type Operate = (key: string, operation: Operation) => Promise<string | boolean | undefined>;

/** Over the methods of the cache manager. */
export function throughManager({ manager }: TestCache): Operate {
  return async (key, operation) => {
    switch (operation.type) {
      case 'get':
        return (await manager.get(key))?.value.toString();
      case 'has':
        return manager.has(key);
      case 'set':
        return void (await manager.set(key, operation.value));
      case 'add':
        return (await manager.set(key, operation.value, { condition: 'if-absent' })).stored;
      case 'delete':
        return manager.delete(key);
      default:
        throw new Error(`${operation.type} is no operation of a client here`);
    }
  };
}

/** Clients, chaos and the record of a run; everything random comes from the seed. */
export class Run<C extends TestCache = TestCache> {
  readonly recorder = new HistoryRecorder();
  readonly random: SeededRandom;
  #values = 0;
  #names = 0;
  #over = false;

  /** @param connect gives each client its way in */
  constructor(
    seed: number,
    readonly cache: C,
    private readonly connect: (cache: C) => Operate = throughManager,
  ) {
    this.random = new SeededRandom(seed);
  }

  /** Some nodes answer at once, some take a while, and each call another while. */
  newNode(): ChaosClient {
    const client = this.cache.node(`node-${++this.#names}`);
    const random = this.random.fork();
    if (random.chance(0.6)) client.delay(() => random.integer(4));
    return client;
  }

  /** Runs the clients for so long, while `disturb` does its worst, and looks at everything at the end. */
  async go(nodes: number, operations: number, disturb: (run: this) => Promise<void>): Promise<void> {
    const { cache, recorder } = this;
    for (let count = 0; count < nodes; count++) await cache.outcome(cache.manager.addNode(this.newNode()));
    await cache.outcome(cache.manager.setMany(COLD.map((key) => ({ key, value: key }))));
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      this.#client(`client ${index}`, operations),
    );
    const disturbed = disturb(this);
    const done = Promise.all(clients).then(() => {
      this.#over = true;
      return disturbed;
    });
    await cache.outcome(done, ENOUGH);
    for (const client of cache.nodes.values()) client.fail(0);
    const last = throughManager(cache);
    await cache.outcome(
      Promise.all(KEYS.map((key) => this.#record('last look', last, key, { type: 'get' }))),
    );
    assertLinearizable(recorder.history(), registerModel());
  }

  get over(): boolean {
    return this.#over;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.cache.clock.schedule(milliseconds, resolve));
  }

  async #client(name: string, operations: number): Promise<void> {
    const random = this.random.fork();
    const operate = this.connect(this.cache);
    for (let count = 0; count < operations; count++) {
      if (random.chance(0.5)) await this.pause(random.integer(6));
      if (random.chance(0.05)) {
        await Promise.all(KEYS.map((key) => this.#record(name, operate, key, { type: 'get' })));
      } else {
        await this.#record(name, operate, random.pick(KEYS), this.#anOperation(random));
      }
    }
  }

  #anOperation(random: SeededRandom): Operation {
    const value = `value ${++this.#values}`;
    return random.pick<Operation>([
      { type: 'get' },
      { type: 'get' },
      { type: 'has' },
      { type: 'set', value },
      { type: 'set', value },
      { type: 'add', value },
      { type: 'delete' },
    ]);
  }

  async #record(client: string, operate: Operate, key: string, operation: Operation): Promise<void> {
    const call = () => operate(key, operation);
    // The recorder's types pair each operation with its own answer, which a union cannot say.
    const asGet = operation as { type: 'get' };
    await this.recorder
      .run(client, key, asGet, call as () => Promise<string>, hadNoEffect)
      .catch(hadNoEffect);
  }
}
