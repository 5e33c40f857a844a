import {
  assertLinearizable,
  HistoryRecorder,
  registerModel,
  SeededRandom,
  testSeed,
  type Operation,
} from '@distributed-cache/test-kit';
import { describe, expect, test } from '@jest/globals';
import { CacheError } from './errors.ts';
import type { ChaosClient } from './testing/chaos-client.ts';
import { TestCache } from './testing/test-cache.ts';

/** Few, so that clients meet on them. */
const KEYS = Array.from({ length: 12 }, (_, index) => `hot:${index}`);
/** Many, so that a move takes several steps. Written once, before everything else. */
const COLD = Array.from({ length: 1500 }, (_, index) => `cold:${index}`);
const CLIENTS = 10;
/** Milliseconds, of the clock that is moved by hand. */
const ENOUGH = 1_000_000;

/** What the error says about the operation that failed. Anything but a CacheError fails the test. */
function hadNoEffect(error: unknown): boolean {
  if (!(error instanceof CacheError)) throw error;
  return !('outcomeUnknown' in error && error.outcomeUnknown);
}

/** Clients, chaos and the record of a run; everything random comes from the seed. */
class Run {
  readonly cache = new TestCache();
  readonly recorder = new HistoryRecorder();
  readonly random: SeededRandom;
  #values = 0;
  #names = 0;
  #over = false;

  constructor(seed: number) {
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
  async go(nodes: number, operations: number, disturb: (run: Run) => Promise<void>): Promise<void> {
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
    await cache.outcome(Promise.all(KEYS.map((key) => this.#operate('last look', key, { type: 'get' }))));
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
    for (let count = 0; count < operations; count++) {
      if (random.chance(0.5)) await this.pause(random.integer(6));
      if (random.chance(0.05)) {
        await Promise.all(KEYS.map((key) => this.#operate(name, key, { type: 'get' })));
      } else {
        await this.#operate(name, random.pick(KEYS), this.#anOperation(random));
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

  async #operate(client: string, key: string, operation: Operation): Promise<void> {
    const { manager } = this.cache;
    const call = async () => {
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
    // The recorder's types pair each operation with its own answer, which a union cannot say.
    const asGet = operation as { type: 'get' };
    await this.recorder
      .run(client, key, asGet, call as () => Promise<string>, hadNoEffect)
      .catch(hadNoEffect);
  }
}

/** Two that are always run, and a new one each time. */
const seeds = [1, 2, testSeed()];

describe('operations on one key are linearizable', () => {
  test.each(seeds)('while nodes are added and removed, and nothing is lost (TEST_SEED=%d)', async (seed) => {
    const run = new Run(seed);
    const { cache } = run;
    const { manager } = cache;
    let changes = 0;
    // Calls that are not carried out, although nobody can know: nothing is lost by that either.
    const failCalls = async (random: SeededRandom) => {
      while (!run.over) {
        await run.pause(random.integer(15));
        const taking = manager.nodes().filter(({ slots, state }) => slots > 0 || state === 'draining');
        cache.nodes.get(random.pick(taking).id)!.fail(random.integer(3));
      }
    };
    await run.go(2, 120, async ({ random }) => {
      /** Those that will be there when everything asked for is done: at least one, for the last takes its entries along. */
      const staying = manager.nodes().map(({ id }) => id);
      let change = Promise.resolve();
      const failing = failCalls(random.fork());
      while (!run.over) {
        if (staying.length < 2 || (staying.length < 5 && random.chance(0.5))) {
          const client = run.newNode();
          staying.push(client.id);
          change = manager.addNode(client);
        } else {
          change = manager.removeNode(staying.splice(random.integer(staying.length), 1)[0]!);
        }
        changes++;
        // Sometimes the next change is asked for before this one is done.
        if (random.chance(0.7)) await change;
        else await run.pause(random.integer(20));
      }
      await Promise.all([change, failing]);
    });
    expect(changes).toBeGreaterThan(5);
    const cold = await cache.outcome(manager.getMany(COLD));
    expect(cold.map((hit) => hit?.value.toString())).toEqual(COLD);
    expect(cache.inconsistencies()).toEqual([]);
    await cache.close();
  });

  test.each(seeds)(
    'while nodes stall, die, close and return in the middle of moves (TEST_SEED=%d)',
    async (seed) => {
      const run = new Run(seed);
      const { cache } = run;
      const { manager } = cache;
      let incidents = 0;
      await run.go(3, 250, async ({ random }) => {
        while (!run.over) {
          // A move to have the incident in the middle of.
          const change = random.chance(0.5)
            ? manager.addNode(run.newNode())
            : manager.removeNode(random.pick(manager.nodes()).id);
          const changed = change.catch(hadNoEffect);
          await run.pause(random.integer(30));

          const victim = cache.nodes.get(random.pick(manager.nodes()).id)!;
          const endOfLoss = run.recorder.beginLoss();
          incidents++;
          switch (random.integer(4)) {
            case 0:
              victim.kill();
              break;
            case 1:
              victim.node.close();
              break;
            case 2:
              victim.node.restart();
              break;
            default:
              victim.stall();
              await run.pause(random.integer(6000));
              victim.resume();
          }
          await changed;
          while (
            manager
              .nodes()
              .some(({ id, state }) => state === 'lost' && cache.nodes.get(id)!.node.state !== 'closed')
          ) {
            await run.pause(100);
          }
          await run.pause(4100);
          for (const { id, state } of manager.nodes()) if (state === 'lost') await manager.removeNode(id);
          while (manager.nodes().length < 3) await manager.addNode(run.newNode());
          while (manager.nodes().length > 4) await manager.removeNode(manager.nodes()[0]!.id);
          endOfLoss();
        }
      });
      expect(incidents).toBeGreaterThan(0);
      const cold = await cache.outcome(manager.getMany(COLD));
      cold.forEach((hit, index) => {
        if (hit !== undefined) expect(hit.value.toString()).toBe(COLD[index]);
      });
      expect(cache.inconsistencies()).toEqual([]);
      await cache.close();
    },
  );
});
