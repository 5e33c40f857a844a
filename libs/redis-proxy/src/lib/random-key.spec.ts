import { TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const TIMEOUT = 1000;

describe('RANDOMKEY over data nodes', () => {
  let cache: RedisTestCache;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ operationTimeout: TIMEOUT, statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    client = new TestClient(cache.server());
  });

  afterEach(() => cache.close());

  function keyOn(id: string): string {
    const names = Array.from({ length: 100 }, (_, index) => `key:${index}`);
    return names.find((name) => cache.manager.nodeOf(name) === id)!;
  }

  test('passes over a data node of which all entries have expired', () => {
    client.ask('set', keyOn('a'), '1', 'px', '50');
    client.ask('set', keyOn('b'), '1');
    // The expired entry is still there, for what would collect it has not run.
    cache.clock.jump(60);
    expect(client.ask('dbsize')).toBe(':2\r\n');
    const answers = new Set(Array.from({ length: 64 }, () => client.ask('randomkey')));
    expect([...answers]).toEqual([`$${keyOn('b').length}\r\n${keyOn('b')}\r\n`]);
  });

  test('is null when all entries have expired', () => {
    for (const id of ['a', 'b']) client.ask('set', keyOn(id), '1', 'px', '50');
    cache.clock.jump(60);
    expect(client.ask('randomkey')).toBe('$-1\r\n');
  });

  test('has one deadline for all that it asks', async () => {
    client.ask('set', keyOn('a'), '1');
    // Each call takes more than half of it, and there are two, one after the other.
    for (const node of cache.nodes.values()) node.delay(0.3 * TIMEOUT);
    const began = cache.clock.now();
    expect(await cache.outcome(client.answer('randomkey'))).toMatch(/^-TIMEOUT No answer to randomkey/);
    expect(cache.clock.now() - began).toBeLessThan(TIMEOUT + 20);
  });
});
