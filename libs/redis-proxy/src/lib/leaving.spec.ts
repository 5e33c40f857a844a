import { setImmediate } from 'node:timers/promises';
import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const KEYS = Array.from({ length: 1500 }, (_, index) => `key:${index}`);

/** The one that leaves is the primary of no slot any more, and still has entries. */
describe.each([
  ['', 0],
  [', and an entry has not come to another', 1],
])('while a data node leaves%s', (_, failures) => {
  let cache: RedisTestCache;
  let client: TestClient;
  let left: Promise<void>;

  beforeEach(async () => {
    cache = new RedisTestCache({ statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    client = new TestClient(cache.server());
    for (const key of KEYS) client.ask('set', key, '1');
    left = cache.manager.removeNode('a');
    // Each step of the move takes a turn.
    await setImmediate();
    cache.nodes.get('b')!.fail(failures);
    await setImmediate();
    const entries = [...cache.nodes.values()].map(({ node }) => node.store.entries);
    expect(entries[0]).toBeGreaterThan(0);
    expect(entries.reduce((sum, each) => sum + each, 0)).toBe(KEYS.length - failures);
  });

  afterEach(async () => {
    await cache.outcome(left);
    await cache.close();
  });

  test('DBSIZE counts its entries', async () => {
    expect(await cache.outcome(client.answer('dbsize'))).toBe(`:${KEYS.length}\r\n`);
  });

  test('KEYS finds them', async () => {
    const answer = await cache.outcome(client.answer('keys', '*'));
    const keys = parseReplies(Buffer.from(answer))[0] as Buffer[];
    expect(keys.map(String).sort()).toEqual([...KEYS].sort());
  });

  test('FLUSHALL deletes them', async () => {
    expect(await cache.outcome(client.answer('flushall'))).toBe('+OK\r\n');
    await cache.outcome(left);
    expect(client.ask('dbsize')).toBe(':0\r\n');
  });
});
