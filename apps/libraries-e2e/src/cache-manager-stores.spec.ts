import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cache, createCache, KeyvAdapter } from 'cache-manager';
import { redisStore as ioredisStore } from 'cache-manager-ioredis-yet';
import { redisStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';
import { describeEndpoints } from './endpoints.ts';

/** A store of cache-manager 5, whose types are those of that version. */
interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<void>;
  del(key: string): Promise<void>;
  mget(...keys: string[]): Promise<unknown[]>;
  mset(entries: [string, unknown][], ttl?: number): Promise<void>;
  mdel(...keys: string[]): Promise<void>;
  ttl(key: string): Promise<number>;
  keys(pattern?: string): Promise<string[]>;
  reset(): Promise<void>;
  readonly client: { quit(): Promise<unknown> };
}

// Many applications still have these. Both are asked as they are, and behind the adapter with which cache-manager 7
// takes them.
describeEndpoints((endpoint) => {
  const stores: Record<string, () => Promise<unknown>> = {
    'cache-manager-ioredis-yet': () => ioredisStore({ port: endpoint.port }),
    'cache-manager-redis-yet': () => redisStore({ url: endpoint.url }),
  };

  describe.each(Object.entries(stores))('%s', (_, open) => {
    let store: Store;
    let cache: Cache;

    beforeAll(async () => {
      store = (await open()) as Store;
      cache = createCache({ stores: [new Keyv({ store: new KeyvAdapter(store as never) })] });
    });

    afterAll(() => store.client.quit());

    test('one key', async () => {
      await store.set('key', { text: 'Grüße' }, 10_000);
      expect(await store.get('key')).toEqual({ text: 'Grüße' });
      expect(await store.ttl('key')).toBeGreaterThan(0);
      await store.del('key');
      expect(await store.get('key')).toBeUndefined();
    });

    test.each([undefined, 10_000])('many keys with a time to live of %p', async (ttl) => {
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
