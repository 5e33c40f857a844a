import { slotOf } from '@distributed-cache/consistent-hash';
import type { ServerState } from '@distributed-cache/redis-server';
import { TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const QUEUED = '+QUEUED\r\n';
const CHANGED = '*-1\r\n';

describe.each([
  ['at once', 0],
  ['later', 1],
])('a transaction at data nodes that answer %s', (_, latency) => {
  let cache: RedisTestCache;
  let server: ServerState;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    server = cache.server();
    client = new TestClient(server);
    for (const node of cache.nodes.values()) node.delay(latency);
  });

  afterEach(() => cache.close());

  /** The answer, however late. */
  const answer = (...args: string[]): Promise<string> => cache.outcome(client.answer(...args));
  /** What another client does. */
  const meanwhile = (...args: string[]): Promise<string> =>
    cache.outcome(new TestClient(server).answer(...args));
  const primaryOf = (key: string) => cache.nodes.get(cache.manager.nodeOf(key)!)!;

  test.each<[about: string, ...commands: string[][]]>([
    ['a watched and a queued one', ['watch', 'a'], ['multi'], ['get', 'b']],
    ['a watched one and that of a subcommand', ['watch', 'a'], ['multi'], ['object', 'encoding', 'b']],
    ['queued ones of which the first is watched', ['watch', 'a'], ['multi'], ['get', 'a'], ['set', 'b', '1']],
  ])('is refused when keys are of several slots, and one is watched: %s', async (_about, ...commands) => {
    for (const command of commands) expect(await answer(...command)).toMatch(/^\+(OK|QUEUED)\r\n$/);
    expect(await answer('exec')).toBe(CROSS_SLOT);
    expect(await answer('mget', 'a', 'b')).toBe('*2\r\n$-1\r\n$-1\r\n');
    expect(await answer('exec')).toBe('-ERR EXEC without MULTI\r\n');
  });

  test('is carried out to its end when its answer is too large', async () => {
    server = cache.server({ outputLimit: 10_000 });
    client = new TestClient(server);
    await meanwhile('set', '{n}large', 'x'.repeat(6000));
    for (const command of [
      ['multi'],
      ['get', '{n}large'],
      ['getset', '{n}large', 'small'],
      ['incr', '{n}'],
    ]) {
      await answer(...command);
    }
    let thrown = '';
    try {
      expect(client.ask('exec')).toBe('');
    } catch (error) {
      thrown = (error as Error).message;
      server.out.reset();
    }
    expect(await meanwhile('mget', '{n}', '{n}large')).toBe('*2\r\n$1\r\n1\r\n$5\r\nsmall\r\n');
    if (latency === 0) expect(thrown).toMatch(/^the output exceeds its limit/);
    else expect(client.destroyed).toBe(true);
  });

  test('goes on without the keys of a WATCH that was refused', async () => {
    await answer('watch', 'a');
    expect(await answer('watch', 'b')).toBe(CROSS_SLOT);
    await meanwhile('set', 'b', 'changed');
    await answer('multi');
    await answer('set', 'a', '1');
    expect(await answer('exec')).toBe('*1\r\n+OK\r\n');
  });

  test('is not carried out when a key came that did not exist when it was watched', async () => {
    expect(await answer('watch', 'a')).toBe('+OK\r\n');
    await meanwhile('set', 'a', 'changed');
    await answer('multi');
    expect(await answer('append', 'a', '2')).toBe(QUEUED);
    expect(await answer('exec')).toBe(CHANGED);
    expect(await answer('get', 'a')).toBe('$7\r\nchanged\r\n');
  });

  test('is carried out when a watched key still does not exist', async () => {
    await answer('watch', 'a');
    await answer('multi');
    await answer('append', 'a', '2');
    expect(await answer('exec')).toBe('*1\r\n:1\r\n');
  });

  test.each([
    ['del', 'a'],
    ['set', 'a', '1'],
    ['pexpire', 'a', '100000'],
  ])('is not carried out when there was a %s of a key that it watches', async (...change) => {
    await answer('set', 'a', '1');
    await answer('watch', 'a');
    await meanwhile(...change);
    await answer('multi');
    await answer('ping');
    expect(await answer('exec')).toBe(CHANGED);
  });

  test('refuses WATCH, and goes on', async () => {
    await answer('multi');
    expect(await answer('watch', 'a')).toBe('-ERR WATCH inside MULTI is not allowed\r\n');
    await answer('set', 'a', '1');
    expect(await answer('exec')).toBe('*1\r\n+OK\r\n');
  });

  test('is refused by a data node that does not serve the slot', async () => {
    await answer('set', 'a', '1');
    await answer('multi');
    await answer('get', 'a');
    primaryOf('a').node.releaseSlots([slotOf(Buffer.from('a'), 0, 1)]);
    const { id } = primaryOf('a');
    expect(await answer('exec')).toBe(`-CLUSTERDOWN Data node ${id} is unavailable.\r\n`);
    expect(await answer('watch', 'a')).toBe(`-CLUSTERDOWN Data node ${id} is unavailable.\r\n`);
  });

  test.each([
    [['get', 'a'], ''],
    [['set', 'a', '1'], '; whether it did the write is unknown'],
  ])('of which the answer is lost: %j', async (command, outcome) => {
    await answer('multi');
    await answer(...command);
    primaryOf('a').fail(1);
    const { id } = primaryOf('a');
    expect(await answer('exec')).toBe(`-CLUSTERDOWN Data node ${id} is unavailable${outcome}.\r\n`);
  });
});
