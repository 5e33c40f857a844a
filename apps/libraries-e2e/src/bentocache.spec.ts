import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { type Redis } from 'ioredis';
import { describeEndpoints } from './endpoints.ts';
import { until } from './until.ts';

describeEndpoints((endpoint) => {
  /** A process of an application: memory, the server behind it, and the bus that keeps the memories of all in step. */
  const create = () => {
    const emitter = new EventEmitter();
    const connection = { host: '127.0.0.1', port: endpoint.port };
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: 1000 }))
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection }));
    const bento = new BentoCache({ default: 'books', stores: { books: store }, emitter, ttl: '1m' });
    // The first use of a store subscribes to the bus.
    bento.use();
    return { bento, received: () => once(emitter, 'bus:message:received') };
  };
  let here: ReturnType<typeof create>;
  let there: ReturnType<typeof create>;

  beforeEach(async () => {
    here = create();
    there = create();
    await subscribed(endpoint.redis, 2);
  });

  afterEach(async () => {
    await here.bento.disconnectAll();
    await there.bento.disconnectAll();
  });

  test('what one process sets, another finds', async () => {
    expect(await here.bento.set({ key: 'a', value: { text: 'Grüße' }, ttl: '10s' })).toBe(true);
    expect(await there.bento.get({ key: 'a' })).toEqual({ text: 'Grüße' });
    expect(await there.bento.has({ key: 'a' })).toBe(true);
    expect(await there.bento.missing({ key: 'b' })).toBe(true);
    const [stored = ''] = await endpoint.redis.keys('*');
    expect(await endpoint.redis.pttl(stored)).toBeGreaterThan(0);
  });

  test("a change empties the other process's memory, over the bus", async () => {
    // Each change is told, the first one too: else its message could be taken for the next one's.
    let message = there.received();
    await here.bento.set({ key: 'a', value: 1 });
    await message;
    expect(await there.bento.get({ key: 'a' })).toBe(1);
    message = there.received();
    await here.bento.set({ key: 'a', value: 2 });
    await message;
    expect(await there.bento.get({ key: 'a' })).toBe(2);
    message = there.received();
    await here.bento.delete({ key: 'a' });
    await message;
    expect(await there.bento.get({ key: 'a' })).toBeUndefined();
  });

  test('getOrSet computes once for all who ask', async () => {
    let computed = 0;
    const factory = async () => ++computed;
    const calls = Array.from({ length: 20 }, () => here.bento.getOrSet({ key: 'computed', factory }));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
    expect(await there.bento.getOrSet({ key: 'computed', factory })).toBe(1);
  });

  test('deletes by key, keys and tag, and pulls', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e'])
      await here.bento.set({ key, value: key, tags: key < 'c' ? ['early'] : ['late'] });
    expect(await there.bento.pull('e')).toBe('e');
    expect(await here.bento.deleteMany({ keys: ['c', 'none'] })).toBe(true);
    expect(await there.bento.get({ key: 'c' })).toBeUndefined();
    await here.bento.deleteByTag({ tags: ['early'] });
    expect(await here.bento.get({ key: 'a' })).toBeUndefined();
    expect(await there.bento.get({ key: 'b' })).toBeUndefined();
    expect(await there.bento.get({ key: 'd' })).toBe('d');
  });

  test('clear removes the keys of its own namespace', async () => {
    const users = here.bento.namespace('users');
    for (let i = 0; i < 200; i++) await users.set({ key: `${i}`, value: i });
    await here.bento.set({ key: 'other', value: 1 });
    expect(await endpoint.redis.dbsize()).toBe(201);
    await users.clear();
    expect(await endpoint.redis.dbsize()).toBe(1);
    expect(await here.bento.get({ key: 'other' })).toBe(1);
  });
});

/** A bus subscribes without telling when that is done. The server knows. */
function subscribed(redis: Redis, count: number): Promise<void> {
  return until(`${count} buses subscribe`, async () => {
    const channels = (await redis.pubsub('CHANNELS', 'bentocache*')) as string[];
    const [, subscribers] = await redis.pubsub('NUMSUB', ...channels);
    return Number(subscribers) === count;
  });
}
