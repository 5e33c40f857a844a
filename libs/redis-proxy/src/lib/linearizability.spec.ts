import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { ReplyError, type Reply } from '@distributed-cache/resp';
import { testSeed, SeededRandom } from '@distributed-cache/test-kit';
import { describe, expect, test } from '@jest/globals';
import { DataNodeUnavailableError } from '@distributed-cache/cluster';
import { COLD, hadNoEffect, Run, type Operate } from '@distributed-cache/cache/testing';
import { RedisTestCache } from './testing/redis-test-cache.ts';

/** A Redis client that sends a command when the one before was answered, and uses several ways to ask the same. */
function throughRedis(random: SeededRandom): (cache: RedisTestCache) => Operate {
  return (cache) => {
    const client = new TestClient(cache.server());
    let last: Promise<unknown> = Promise.resolve();
    const ask = (...args: string[]): Promise<Reply> => {
      const answer = last.then(
        async () => parseReplies(Buffer.from(await client.answer(...args), 'latin1'))[0]!,
      );
      last = answer;
      return answer.then((reply) => {
        if (!(reply instanceof ReplyError)) return reply;
        if (!/^(CLUSTERDOWN|TIMEOUT) /.test(reply.message)) throw new Error(reply.message);
        throw new DataNodeUnavailableError('some', /unknown|may still be done/.test(reply.message));
      });
    };
    /** As one of many keys, or as the only one. */
    const other = (key: string) => (random.chance(0.5) ? [key] : [`other:${random.integer(5)}`, key]);
    return async (key, operation) => {
      switch (operation.type) {
        case 'get': {
          const keys = other(key);
          const values = (await ask('mget', ...keys)) as (Buffer | null)[];
          return values[keys.length - 1]?.toString();
        }
        case 'has':
          return (await ask('exists', key)) === 1;
        case 'set':
          await ask('mset', ...other(key).flatMap((each) => [each, operation.value]));
          return undefined;
        case 'add':
          return (await ask('set', key, operation.value, 'nx')) === 'OK';
        case 'delete':
          return (await ask('del', key)) === 1;
        default:
          throw new Error(`${operation.type} is no operation of a client here`);
      }
    };
  };
}

describe('what Redis clients do with one key is linearizable', () => {
  test.each([1, 2, testSeed()])(
    'while nodes answer late, fail, join and leave (TEST_SEED=%d)',
    async (seed) => {
      const ways = new SeededRandom(seed).fork();
      const run = new Run(seed, new RedisTestCache(), (cache) => throughRedis(ways.fork())(cache));
      const { cache } = run;
      const { manager } = cache;
      let changes = 0;
      await run.go(2, 80, async ({ random }) => {
        const staying = manager.nodes().map(({ id }) => id);
        while (!run.over) {
          cache.nodes.get(random.pick(staying))!.fail(random.integer(2));
          if (staying.length < 2 || (staying.length < 5 && random.chance(0.5))) {
            const client = run.newNode();
            staying.push(client.id);
            await manager.addNode(client).catch(hadNoEffect);
          } else {
            await manager
              .removeNode(staying.splice(random.integer(staying.length), 1)[0]!)
              .catch(hadNoEffect);
          }
          changes++;
          await run.pause(random.integer(20));
        }
      });
      expect(changes).toBeGreaterThan(3);
      const cold = await cache.outcome(manager.getMany(COLD));
      expect(cold.map((hit) => hit?.value.toString())).toEqual(COLD);
      expect(cache.inconsistencies()).toEqual([]);
      await cache.close();
    },
    60_000,
  );
});
