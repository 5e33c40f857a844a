import KeyvRedis from '@keyv/redis';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Cacheable } from 'cacheable';
import { describeEndpoints } from './endpoints.ts';

describeEndpoints((endpoint) => {
  let failures: unknown[];
  let here: Cacheable;
  let there: Cacheable;

  /** A process of an application: memory first, the server behind it. */
  const create = () => {
    const cacheable = new Cacheable({ secondary: new KeyvRedis(endpoint.url), ttl: '1m' });
    cacheable.on('error', (error) => failures.push(error));
    return cacheable;
  };

  beforeEach(() => {
    failures = [];
    here = create();
    there = create();
  });

  afterEach(async () => {
    await here.disconnect();
    await there.disconnect();
    expect(failures).toEqual([]);
  });

  test('what one process sets, another finds', async () => {
    await here.set('key', { text: 'Grüße' }, '10s');
    expect(await there.get('key')).toEqual({ text: 'Grüße' });
    const [stored = ''] = await endpoint.redis.keys('*');
    const remaining = await endpoint.redis.pttl(stored);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(10_000);
  });

  test('many keys at once', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `many:${i}`);
    await here.setMany(keys.map((key, value) => ({ key, value })));
    expect(await endpoint.redis.dbsize()).toBe(20);
    expect(await there.getMany(keys)).toEqual([...keys.keys()]);
    expect(await there.hasMany([...keys, 'none'])).toEqual([...keys.map(() => true), false]);

    expect(await there.takeMany(keys.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
    await there.deleteMany(keys.slice(5, 15));
    expect(await endpoint.redis.dbsize()).toBe(5);
  });

  test('getOrSet computes once for all processes', async () => {
    let computed = 0;
    const compute = async () => ++computed;
    expect(await here.getOrSet('computed', compute)).toBe(1);
    expect(await there.getOrSet('computed', compute)).toBe(1);
  });

  test('clear empties the server', async () => {
    await here.set('a', 1);
    await here.set('b', 2);
    await here.clear();
    expect(await endpoint.redis.dbsize()).toBe(0);
    expect(await there.get('a')).toBeUndefined();
  });
});
