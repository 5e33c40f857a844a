import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cache, createCache, KeyvAdapter } from 'cache-manager';
import { redisStore as ioredisStore } from 'cache-manager-ioredis-yet';
import { redisStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';
import { describeEndpoints } from './endpoints.ts';

// The stores of cache-manager 5, of which many applications still run. Both are asked as they are, and behind the
// adapter with which cache-manager 7 takes them.
describeEndpoints((endpoint) => {
  const stores = {
    'cache-manager-ioredis-yet': async () => {
      const store = await ioredisStore({ port: endpoint.port });
      return { store, close: () => store.client.quit() };
    },
    'cache-manager-redis-yet': async () => {
      const store = await redisStore({ url: endpoint.url });
      return { store, close: () => store.client.quit() };
    },
  };
  type Opened = Awaited<ReturnType<(typeof stores)[keyof typeof stores]>>;

  describe.each(Object.entries(stores))('%s', (_, open) => {
    let opened: Opened;
    let cache: Cache;

    beforeAll(async () => {
      opened = await open();
      cache = createCache({ stores: [new Keyv({ store: new KeyvAdapter(opened.store as never) })] });
    });

    afterAll(() => opened.close());

    test('one key', async () => {
      const { store } = opened;
      await store.set('key', { text: 'Grüße' }, 10_000);
      expect(await store.get('key')).toEqual({ text: 'Grüße' });
      expect(await store.ttl('key')).toBeGreaterThan(0);
      await store.del('key');
      expect(await store.get('key')).toBeUndefined();
    });

    test.each([undefined, 10_000])('many keys with a time to live of %p', async (ttl) => {
      const { store } = opened;
      const keys = Array.from({ length: 20 }, (_, i) => `many:${i}`);
      await store.mset(
        keys.map((key, i) => [key, i]),
        ttl,
      );
      expect(await endpoint.redis.dbsize()).toBe(20);
      expect(await endpoint.redis.pttl('many:7')).toBeGreaterThan(ttl === undefined ? -2 : 0);
      expect(await store.mget(...keys, 'none')).toEqual([...keys.keys(), undefined]);
      expect((await store.keys('many:1?')).sort()).toEqual(keys.slice(10));
      await store.mdel(...keys.slice(5));
      expect(await endpoint.redis.dbsize()).toBe(5);
      await store.reset();
      expect(await endpoint.redis.dbsize()).toBe(0);
    });

    test('behind cache-manager 7', async () => {
      let computed = 0;
      const compute = () => ++computed;
      expect(await cache.wrap('wrapped', compute, 10_000)).toBe(1);
      expect(await cache.wrap('wrapped', compute, 10_000)).toBe(1);
      await cache.set('a', 'b');
      expect(await cache.mget(['a', 'wrapped', 'none'])).toEqual(['b', 1, undefined]);
      await cache.mdel(['a', 'wrapped']);
      expect(await endpoint.redis.dbsize()).toBe(0);
    });
  });
});
