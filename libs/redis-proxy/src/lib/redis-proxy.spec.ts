import { slotOf } from '@distributed-cache/consistent-hash';
import type { ServerState } from '@distributed-cache/redis-server';
import { encode, parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const TIMEOUT = 1000;

describe('a proxy for Redis clients', () => {
  let cache: RedisTestCache;
  let server: ServerState;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ operationTimeout: TIMEOUT, statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    server = cache.server({ maxValueBytes: 1000, keyspaceEvents: 'AKE' });
    client = new TestClient(server);
  });

  afterEach(() => cache.close());

  /** The answer, however late. */
  const answer = (...args: string[]): Promise<string> => cache.outcome(client.answer(...args));
  const nodeOf = (key: string): string => cache.manager.nodeOf(key)!;
  /** So many keys of each node. */
  function keysOn(id: string, count: number): string[] {
    const keys: string[] = [];
    for (let index = 0; keys.length < count; index++) {
      if (nodeOf(`key:${index}`) === id) keys.push(`key:${index}`);
    }
    return keys;
  }

  describe('keys of several slots', () => {
    test.each([
      ['msetnx', 'a', '1', 'b', '2'],
      ['rename', 'a', 'b'],
      ['renamenx', 'a', 'b'],
      ['copy', 'a', 'b'],
      ['watch', 'a', 'b'],
    ])('%s is refused', (...args) => {
      expect(client.ask(...args)).toBe(CROSS_SLOT);
    });

    test('a transaction that watches is refused as a whole, and leaves nothing behind', () => {
      client.ask('watch', 'a');
      client.ask('multi');
      expect(client.ask('set', 'a', '1')).toBe('+QUEUED\r\n');
      expect(client.ask('set', 'b', '1')).toBe('+QUEUED\r\n');
      expect(client.ask('exec')).toBe(CROSS_SLOT);
      expect(client.ask('mget', 'a', 'b')).toBe('*2\r\n$-1\r\n$-1\r\n');
      expect(client.ask('exec')).toBe('-ERR EXEC without MULTI\r\n');
    });

    test('a watched key counts too', () => {
      client.ask('watch', 'a');
      expect(client.ask('watch', 'b')).toBe(CROSS_SLOT);
      client.ask('multi');
      client.ask('set', 'b', '1');
      expect(client.ask('exec')).toBe(CROSS_SLOT);
    });

    test.each([
      [['rename', 'a', 'b'], CROSS_SLOT],
      [['dbsize'], /^-ERR DBSIZE concerns all data nodes/],
      [['flushall'], /^-ERR FLUSHALL concerns all data nodes/],
      [['scan', '0'], /^-ERR SCAN concerns all data nodes/],
      [['randomkey'], /^-ERR RANDOMKEY concerns all data nodes/],
    ])('%j spoils a transaction when it is queued', (command, error) => {
      client.ask('multi');
      expect(client.ask(...command)).toMatch(error);
      expect(client.ask('exec')).toMatch(/^-EXECABORT/);
    });
  });

  describe('writes nothing when a part of the command is wrong', () => {
    test.each([
      ['a pair without a value', ['mset', 'a', '1', 'b'], /^-ERR wrong number of arguments for 'mset'/],
      [
        'a large value',
        ['mset', 'a', '1', 'b', 'x'.repeat(1001)],
        /^-ERR string exceeds maximum allowed size/,
      ],
      ['a long key', ['mset', 'a', '1', 'k'.repeat(65_537), '2'], /^-ERR key exceeds maximum allowed size/],
      ['a long key to delete', ['del', 'kept', 'k'.repeat(65_537)], /^-ERR key exceeds maximum allowed size/],
    ])('%s', (_, args, error) => {
      client.ask('set', 'kept', '1');
      expect(client.ask(...args)).toMatch(error);
      expect(client.ask('exists', 'a', 'b', 'kept')).toBe(':1\r\n');
      expect(server.statistics.errorReplies).toBe(1);
    });
  });

  describe('data nodes that answer later', () => {
    beforeEach(() => {
      let next = 0;
      for (const node of cache.nodes.values()) node.delay(() => [3, 0, 7, 1, 0][next++ % 5]!);
    });

    test('answers of one connection come in the order of its commands', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `key:${index}`);
      const commands = keys.flatMap((key, index) => [
        encode('set', key, index),
        encode('ping', index),
        encode('mget', key, keys[(index * 7) % (index + 1)]!),
      ]);
      client.write(Buffer.concat(commands));
      const sent: Buffer[] = [];
      await cache.outcome(
        (async () => {
          while (parseReplies(Buffer.concat(sent)).length < commands.length) {
            sent.push(client.read());
            await new Promise((resolve) => setImmediate(resolve));
          }
        })(),
      );
      const replies = parseReplies(Buffer.concat(sent)).map((reply) =>
        Array.isArray(reply) ? reply.map(String) : String(reply),
      );
      expect(replies).toEqual(
        keys.flatMap((_, index) => ['OK', String(index), [String(index), String((index * 7) % (index + 1))]]),
      );
    });

    test('other connections do not wait', async () => {
      const [slow] = keysOn('a', 1);
      cache.nodes.get('a')!.stall();
      const waiting = client.answer('get', slow!);
      const other = new TestClient(server);
      expect(other.ask('ping')).toBe('+PONG\r\n');
      expect(await cache.outcome(other.answer('set', keysOn('b', 1)[0]!, '1'))).toBe('+OK\r\n');
      cache.nodes.get('a')!.resume();
      expect(await cache.outcome(waiting)).toBe('$-1\r\n');
    });

    test('a client that leaves meanwhile does no harm', async () => {
      client.ask('set', 'a', '1');
      client.destroy();
      await cache.turns();
      expect(await cache.outcome(new TestClient(server).answer('get', 'a'))).toBe('$1\r\n1\r\n');
    });

    test('gather values in the order of the keys, from every node', async () => {
      const keys = Array.from({ length: 50 }, (_, index) =>
        index % 3 === 0 ? `{t}${index}` : `key:${index}`,
      );
      expect(await answer('mset', ...keys.flatMap((key) => [key, key]))).toBe('+OK\r\n');
      const values = parseReplies(Buffer.from(await answer('mget', ...keys, 'none', ...keys)))[0] as Buffer[];
      expect(values.map((value) => value && String(value))).toEqual([...keys, null, ...keys]);
      expect(await answer('dbsize')).toBe(':50\r\n');
      expect(parseReplies(Buffer.from(await answer('keys', '*')))[0]).toHaveLength(50);
      expect(await answer('randomkey')).toMatch(/^\$\d+\r\n/);
      expect(await answer('del', ...keys, 'none')).toBe(':50\r\n');
      expect(await answer('flushall')).toBe('+OK\r\n');
    });

    test('transactions see what they watch', async () => {
      await answer('set', 'a', '1');
      await answer('watch', 'a');
      await answer('multi');
      await answer('incr', 'a');
      expect(await answer('exec')).toBe('*1\r\n:2\r\n');
      await answer('watch', 'a');
      await cache.outcome(new TestClient(server).answer('set', 'a', 'changed'));
      await answer('multi');
      await answer('incr', 'a');
      expect(await answer('exec')).toBe('*-1\r\n');
      expect(await answer('get', 'a')).toBe('$7\r\nchanged\r\n');
    });

    test('CLIENT REPLY mutes answers that come later', async () => {
      client.ask('client', 'reply', 'skip');
      client.ask('set', 'a', '1');
      expect(await answer('get', 'a')).toBe('$1\r\n1\r\n');
    });

    test('errors of commands are answers', async () => {
      await answer('set', 'a', 'text');
      expect(await answer('incr', 'a')).toBe('-ERR value is not an integer or out of range\r\n');
    });
  });

  describe('a data node that does not answer', () => {
    test.each([
      ['get', ['get']],
      ['mget', ['mget', 'other']],
      ['del', ['del', 'other']],
    ])('%s ends with an error that names it, at the deadline', async (name, [command, ...keys]) => {
      const [key] = keysOn('b', 1);
      cache.nodes.get('b')!.stall();
      const began = cache.clock.now();
      const error = await answer(command!, ...keys, key!);
      expect(error).toMatch(
        new RegExp(`^-TIMEOUT No answer to ${name} from data node b within ${TIMEOUT} ms`),
      );
      expect(error.includes('the write may still be done')).toBe(name === 'del');
      expect(cache.clock.now() - began).toBeLessThan(TIMEOUT + 20);
      expect(client.ask('ping')).toBe('+PONG\r\n');
      cache.nodes.get('b')!.resume();
    });

    test.each([['dbsize'], ['keys', '*'], ['flushall'], ['randomkey'], ['scan', '0']])(
      '%s ends with an error at the deadline',
      async (...args) => {
        client.ask('set', 'a', '1');
        cache.nodes.get('b')!.stall();
        const began = cache.clock.now();
        expect(await answer(...args)).toMatch(/^-TIMEOUT No answer to \w+/);
        expect(cache.clock.now() - began).toBeLessThan(TIMEOUT + 20);
        cache.nodes.get('b')!.resume();
      },
    );

    test('an EXEC that comes too late does not touch the next transaction', async () => {
      const [key] = keysOn('b', 1);
      client.ask('multi');
      client.ask('incr', key!);
      cache.nodes.get('b')!.stall();
      expect(await answer('exec')).toMatch(/^-TIMEOUT .*; the write may still be done/);
      client.ask('multi');
      client.ask('incr', key!);
      cache.nodes.get('b')!.resume();
      await cache.turns();
      expect(await cache.outcome(new TestClient(server).answer('get', key!))).toBe('$1\r\n1\r\n');
      expect(await answer('exec')).toBe('*1\r\n:2\r\n');
    });

    test('one that fails at once is named', () => {
      const [key] = keysOn('c', 1);
      cache.nodes.get('c')!.kill();
      const error = '-CLUSTERDOWN Data node c is unavailable.\r\n';
      expect(client.ask('get', key!)).toBe(error);
    });

    test('one whose answer is lost is named, and the outcome unknown', async () => {
      const [key] = keysOn('c', 1);
      cache.nodes.get('c')!.fail(1);
      expect(await answer('set', key!, '1')).toBe(
        '-CLUSTERDOWN Data node c is unavailable; whether it did the write is unknown.\r\n',
      );
    });

    test('one that does not serve the slot does not answer that there is nothing', () => {
      const [key] = keysOn('a', 1);
      client.ask('set', key!, '1');
      cache.nodes.get('a')!.node.releaseSlots([slotOf(Buffer.from(key!), 0, key!.length)]);
      for (const command of ['strlen', 'type', 'exists', 'ttl']) {
        expect(client.ask(command, key!)).toBe('-CLUSTERDOWN Data node a is unavailable.\r\n');
      }
    });
  });

  test('without a data node everything that needs one is refused', async () => {
    const empty = new RedisTestCache();
    await empty.join('only');
    const lonely = new TestClient(empty.server());
    await empty.outcome(empty.manager.removeNode('only'));
    for (const args of [
      ['get', 'a'],
      ['mget', 'a', 'b'],
      ['dbsize'],
      ['scan', '0'],
      ['randomkey'],
      ['watch', 'a'],
    ]) {
      expect(await empty.outcome(lonely.answer(...args))).toBe('-CLUSTERDOWN There is no data node.\r\n');
    }
    expect(lonely.ask('ping')).toBe('+PONG\r\n');
    await empty.close();
  });

  test('a client that was refused a database reaches no entry', async () => {
    client.ask('set', 'a', '1');
    const refused = '-ERR DB index is out of range\r\n';
    for (const command of [
      'select 1',
      'set a 2',
      'mset a 2 b 2',
      'del a b',
      'watch a',
      'scan 0',
      'flushall',
    ]) {
      expect([command, await answer(...command.split(' '))]).toEqual([command, refused]);
    }
    expect(client.ask('multi')).toBe('+OK\r\n');
    expect(client.ask('mget', 'a', 'b')).toBe(refused);
    expect(client.ask('exec')).toMatch(/^-EXECABORT /);
    expect(client.ask('select', '0')).toBe('+OK\r\n');
    expect(client.ask('mget', 'a', 'b')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n');
  });

  test('RANDOMKEY answers every entry as often as any other', () => {
    const keys = [...keysOn('a', 2), ...keysOn('b', 9), ...keysOn('c', 1)];
    for (const key of keys) client.ask('set', key, '1');
    const counts = new Map<string, number>();
    const draws = 12_000;
    for (let draw = 0; draw < draws; draw++) {
      const key = client.ask('randomkey');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(keys.length);
    // Binomial: 1000 expected, 30 the standard deviation.
    for (const count of counts.values()) expect(Math.abs(count - draws / keys.length)).toBeLessThan(200);
  });

  test('FLUSHALL in the middle of a move leaves nothing, here or there', async () => {
    for (let i = 0; i < 2000; i++) client.ask('set', `key:${i}`, '1');
    const joined = cache.manager.addNode(cache.node('d'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(cache.inconsistencies()).not.toEqual([]);
    expect(client.ask('dbsize')).toBe(':2000\r\n');
    expect(client.ask('flushall')).toBe('+OK\r\n');
    expect(client.ask('dbsize')).toBe(':0\r\n');
    await cache.outcome(joined);
    expect(client.ask('keys', '*')).toBe('*0\r\n');
  });

  test('figures are those of all data nodes', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`);
    for (const key of keys) client.ask('set', key, '1');
    client.ask('mget', ...keys, 'none');
    const info = client.ask('info');
    expect(info).toContain('db0:keys=30,');
    expect(info).toContain('keyspace_hits:30\r\nkeyspace_misses:1\r\n');
    expect(info).toContain('cluster_enabled:0');
    client.ask('config', 'resetstat');
    expect(client.ask('info', 'stats')).toContain('keyspace_hits:0\r\nkeyspace_misses:0\r\n');
  });

  test('there is no cluster to be seen, but slots can be asked for', () => {
    for (const subcommand of ['info', 'myid', 'nodes', 'slots', 'shards']) {
      expect(client.ask('cluster', subcommand)).toBe('-ERR This instance has cluster support disabled\r\n');
    }
    expect(client.ask('cluster', 'keyslot', '{user}.name')).toBe(':5474\r\n');
  });

  test('keyspace events of all data nodes are heard, expiry included', async () => {
    const listener = new TestClient(server);
    listener.ask('psubscribe', '__keyevent@0__:*');
    const events = (): string[] =>
      parseReplies(listener.read()).map((reply) => (reply as Buffer[]).slice(2).join(' '));
    const keys = ['a', 'b', 'c'].flatMap((id) => keysOn(id, 1));
    for (const key of keys) client.ask('set', key, '1', 'px', '50');
    expect(events().filter((event) => event.includes(':set '))).toHaveLength(3);
    cache.clock.advance(60);
    await cache.turns();
    expect(events().sort()).toEqual(keys.map((key) => `__keyevent@0__:expired ${key}`).sort());
  });
});
