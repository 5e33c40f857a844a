import { testSeed, type SeededRandom } from '@distributed-cache/test-kit';
import { describe, expect, test } from '@jest/globals';
import { COLD, hadNoEffect, Run } from './testing/linearizability.ts';
import { TestCache } from './testing/test-cache.ts';

/** Two that are always run, and a new one each time. */
const seeds = [1, 2, testSeed()];

describe('operations on one key are linearizable', () => {
  test.each(seeds)('while nodes are added and removed, and nothing is lost (TEST_SEED=%d)', async (seed) => {
    const run = new Run(seed, new TestCache());
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
      const run = new Run(seed, new TestCache());
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
