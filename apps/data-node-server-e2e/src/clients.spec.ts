import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { BasicClientSideCache, createClient } from 'redis';
import { APPS, ServerProcess } from './server-process.ts';

const run = promisify(execFile);

describe.each(APPS)('%s', (app) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start(app, { PASSWORD: 'secret' });
  });

  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });

  describe('redis-cli', () => {
    const cli = async (...args: string[]): Promise<string> => {
      const { stdout } = await run('redis-cli', [
        '-p',
        String(server.port),
        '-a',
        'secret',
        '--no-auth-warning',
        ...args,
      ]);
      return stdout.trimEnd();
    };

    test('sets, gets, counts and expires', async () => {
      expect(await cli('set', 'cli', 'value', 'ex', '1000000')).toBe('OK');
      expect(await cli('get', 'cli')).toBe('value');
      // Starting redis-cli takes seconds on a busy machine.
      expect(await cli('ttl', 'cli')).toMatch(/^(1000000|9999\d\d)$/);
      expect(await cli('-3', 'get', 'none')).toBe('');
      expect(await cli('incr', 'cli')).toBe('ERR value is not an integer or out of range');
      expect(await cli('--scan', '--pattern', 'cl?')).toBe('cli');
      expect(await cli('info', 'server')).toContain('redis_version:7.0.15');
    });

    test('is refused without the password', async () => {
      const { stdout } = await run('redis-cli', ['-p', String(server.port), 'get', 'cli']);
      expect(stdout.trimEnd()).toBe('NOAUTH Authentication required.');
    });
  });

  describe.each([2, 3] as const)('ioredis in RESP%i', (protocol) => {
    let client: Redis;

    beforeAll(async () => {
      client = new Redis({ port: server.port, password: 'secret', protocol, lazyConnect: true });
      await client.connect();
    });

    afterAll(() => client.quit());

    beforeEach(() => client.flushall());

    test('stores text and bytes', async () => {
      const bytes = Buffer.from([0, 255, 13, 10, 128]);
      expect(await client.set('text', 'Grüße', 'PX', 60_000)).toBe('OK');
      await client.set(bytes, bytes);
      expect(await client.get('text')).toBe('Grüße');
      expect(await client.getBuffer(bytes)).toEqual(bytes);
      expect(await client.get('none')).toBeNull();
      expect(await client.pttl('text')).toBeGreaterThan(0);
    });

    test('pipelines many commands', async () => {
      const pipeline = client.pipeline();
      for (let i = 0; i < 5000; i++) pipeline.set(`key:${i}`, i).get(`key:${i}`);
      const results = (await pipeline.exec()) ?? [];
      expect(results.filter(([error]) => error !== null)).toEqual([]);
      expect(results.filter((_, i) => i % 2 === 1).map(([, value]) => Number(value))).toEqual(
        Array.from({ length: 5000 }, (_, i) => i),
      );
      expect(await client.dbsize()).toBe(5000);
      const found = new Set<string>();
      for await (const keys of client.scanStream({ count: 500 }))
        for (const key of keys as string[]) found.add(key);
      expect(found.size).toBe(5000);
    });

    test('runs transactions, and aborts one when a watched key changes', async () => {
      expect(await client.multi().set('a', '1').incr('a').exec()).toEqual([
        [null, 'OK'],
        [null, 2],
      ]);
      await client.watch('a');
      const other = client.duplicate();
      await other.set('a', 'changed');
      await other.quit();
      expect(await client.multi().set('a', 'mine').exec()).toBeNull();
      expect(await client.get('a')).toBe('changed');
    });

    test('runs transactions about many keys, as stores of keyv and cache-manager do', async () => {
      const keys = Array.from({ length: 50 }, (_, i) => `namespace:${i}`);
      const set = client.multi();
      for (const key of keys) set.set(key, key, 'PX', 60_000);
      expect(await set.exec()).toEqual(keys.map(() => [null, 'OK']));
      const get = client.multi();
      for (const key of keys) get.get(key).exists(key);
      get
        .mget(keys)
        .unlink(...keys.slice(1))
        .ping();
      expect(await get.exec()).toEqual([
        ...keys.flatMap((key) => [
          [null, key],
          [null, 1],
        ]),
        [null, keys],
        [null, 49],
        [null, 'PONG'],
      ]);
      expect(await client.keys('*')).toEqual(['namespace:0']);
    });

    test('publishes and subscribes', async () => {
      const subscriber = client.duplicate();
      await subscriber.subscribe('news');
      await subscriber.psubscribe('n*');
      const message = once(subscriber, 'message');
      const patternMessage = once(subscriber, 'pmessage');
      expect(await client.publish('news', 'hello')).toBe(2);
      expect(await message).toEqual(['news', 'hello']);
      expect(await patternMessage).toEqual(['n*', 'news', 'hello']);
      await subscriber.quit();
    });
  });

  test('ioredis uses no database when the one that it asks for does not exist', async () => {
    const options = { port: server.port, password: 'secret' };
    const [first, second] = [new Redis({ ...options, db: 0 }), new Redis({ ...options, db: 1 })];
    const error = once(second, 'error');
    expect(await first.set('a', 'first')).toBe('OK');
    await expect(second.set('a', 'second')).rejects.toThrow('ERR DB index is out of range');
    await expect(second.get('a')).rejects.toThrow('ERR DB index is out of range');
    await expect(second.multi().set('a', 'second').exec()).rejects.toThrow('EXECABORT');
    expect(String(await error)).toContain('ERR DB index is out of range');
    expect(await first.get('a')).toBe('first');
    expect(await second.quit()).toBe('OK');
    await first.quit();
  });

  describe('node-redis with a client-side cache', () => {
    const connect = async (clientSideCache?: BasicClientSideCache) => {
      const socket = { port: server.port };
      const client = createClient({ RESP: 3, password: 'secret', socket, clientSideCache });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    let cache: BasicClientSideCache;
    let reader: Awaited<ReturnType<typeof connect>>;
    let writer: Awaited<ReturnType<typeof connect>>;

    beforeEach(async () => {
      cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0 });
      [reader, writer] = [await connect(cache), await connect()];
      await changes(() => writer.set('cached', 'old'));
    });

    afterEach(async () => {
      await reader.close();
      await writer.close();
    });

    /** Reads the entry, makes the change, and resolves when the client was told of it. */
    async function changes(change: () => Promise<unknown>): Promise<void> {
      await reader.get('cached');
      const told = once(cache, 'invalidate');
      await change();
      await told;
    }

    test('reads from it what has not changed, and anew what another client wrote', async () => {
      expect([await reader.get('cached'), await reader.get('cached')]).toEqual(['old', 'old']);
      expect(cache.stats().hitCount).toBe(1);
      await changes(() => writer.set('cached', 'new'));
      expect(await reader.get('cached')).toBe('new');
    });

    test('learns that an entry has expired', async () => {
      await changes(() => writer.pExpire('cached', 200));
      const told = once(cache, 'invalidate');
      // Nothing is told of what had expired before it was read.
      if ((await reader.get('cached')) !== null) await told;
      expect(await reader.get('cached')).toBeNull();
    });

    test('forgets all with FLUSHALL', async () => {
      expect(await reader.get('cached')).toBe('old');
      await changes(() => writer.flushAll());
      expect(await reader.get('cached')).toBeNull();
    });

    if (app === 'data-node-server') return;

    test('hears of what is written over HTTP', async () => {
      expect(await reader.get('cached')).toBe('old');
      const request = { method: 'POST', headers: { authorization: 'Bearer secret' } };
      await changes(() => fetch(`${server.httpOrigin}/?key=cached&value=new`, request));
      expect(await reader.get('cached')).toBe('new');
    });
  });

  describe.each([2, 3] as const)('node-redis in RESP%i', (protocol) => {
    const connect = async () => {
      const client = createClient({ RESP: protocol, password: 'secret', socket: { port: server.port } });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    let client: Awaited<ReturnType<typeof connect>>;

    beforeAll(async () => {
      client = await connect();
    });

    afterAll(() => client.close());

    beforeEach(() => client.flushAll());

    test('reads and writes', async () => {
      expect(await client.set('a', '1', { expiration: { type: 'EX', value: 100 } })).toBe('OK');
      expect(await client.incrBy('a', 41)).toBe(42);
      expect(await client.mGet(['a', 'none'])).toEqual(['42', null]);
      expect(await client.ttl('a')).toBeGreaterThan(0);
      expect(await client.exists(['a', 'none'])).toBe(1);
      expect(await client.incrByFloat('f', 0.1)).toBe('0.1');
      expect(await client.configGet('databases')).toEqual({ databases: '1' });
      await expect(client.sendCommand(['LPUSH', 'a', '1'])).rejects.toThrow(/^ERR unknown command 'LPUSH'/);
    });

    test('runs transactions', async () => {
      expect(await client.multi().set('a', '1').incr('a').exec()).toEqual(['OK', 2]);
      expect(await client.multi().set('b', '1').set('c', '2').mGet(['c', 'a', 'b']).exec()).toEqual([
        'OK',
        'OK',
        ['2', '2', '1'],
      ]);
      expect(await client.multi().exists('b').del(['a', 'b']).get('c').exec()).toEqual([1, 2, '2']);
    });

    test('publishes and subscribes', async () => {
      const subscriber = await connect();
      const message = new Promise((resolve) => {
        void subscriber
          .subscribe('news', (payload, channel) => resolve([channel, payload]))
          .then(() => client.publish('news', 'hello'));
      });
      expect(await message).toEqual(['news', 'hello']);
      await subscriber.close();
    });
  });
});
