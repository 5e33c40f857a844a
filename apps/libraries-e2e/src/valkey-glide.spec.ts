import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Batch, GlideClient, Logger, ProtocolVersion, TimeUnit } from '@valkey/valkey-glide';
import { describeEndpoints } from './endpoints.ts';

// It reports each error answer, those that are tested for too.
Logger.setLoggerConfig('off');

/** Its own limits are a quarter of a second, and two for a connection: a busy machine takes longer. */
const PATIENT = { requestTimeout: 30_000, advancedConfiguration: { connectionTimeout: 30_000 } };

describeEndpoints((endpoint) => {
  describe.each([
    ['RESP2', ProtocolVersion.RESP2],
    ['RESP3', ProtocolVersion.RESP3],
  ])('%s', (_, protocol) => {
    let client: GlideClient;

    beforeAll(async () => {
      client = await GlideClient.createClient({
        addresses: [{ host: '127.0.0.1', port: endpoint.port }],
        protocol,
        clientName: 'libraries-e2e',
        ...PATIENT,
      });
    });

    afterAll(() => {
      client.close();
    });

    test('stores text and counts', async () => {
      expect(await client.set('text', 'Grüße', { expiry: { type: TimeUnit.Seconds, count: 100 } })).toBe(
        'OK',
      );
      expect(await client.get('text')).toBe('Grüße');
      expect(await client.get('none')).toBeNull();
      expect(await client.ttl('text')).toBeGreaterThan(0);
      expect(await client.set('text', 'other', { conditionalSet: 'onlyIfDoesNotExist' })).toBeNull();
      expect(await client.incrBy('n', 41)).toBe(41);
      expect(await client.incrByFloat('f', 0.1)).toBeCloseTo(0.1);
      expect(await client.type('n')).toBe('string');
      expect(await client.clientGetName()).toBe('libraries-e2e');
    });

    test('reads and writes many keys', async () => {
      const keys = Array.from({ length: 50 }, (_, i) => `many:${i}`);
      expect(await client.mset(Object.fromEntries(keys.map((key, i) => [key, String(i)])))).toBe('OK');
      expect(await client.mget([...keys, 'none'])).toEqual([...keys.map((_, i) => String(i)), null]);
      expect(await client.exists([...keys, 'none'])).toBe(50);
      expect(await client.dbsize()).toBe(50);

      const found = new Set<string>();
      let cursor = '0';
      do {
        const [next, page] = await client.scan(cursor, { match: 'many:*', count: 10 });
        cursor = String(next);
        for (const key of page) found.add(String(key));
      } while (cursor !== '0');
      expect([...found].sort()).toEqual([...keys].sort());

      expect(await client.unlink(keys)).toBe(50);
    });

    test.each([
      ['a pipeline', false],
      ['a transaction', true],
    ])('%s over several keys', async (_, atomic) => {
      const batch = new Batch(atomic).set('a', '1').incr('a').set('b', '2').mget(['a', 'b']).del(['a']);
      expect(await client.exec(batch, true)).toEqual(['OK', 2, 'OK', ['2', '2'], 1]);
    });

    test('an error is the one of the command', async () => {
      await client.set('text', 'no number');
      await expect(client.incr('text')).rejects.toThrow('value is not an integer or out of range');
    });
  });

  // Glide subscribes in RESP3 only.
  test('publishes and subscribes', async () => {
    const configuration = { addresses: [{ host: '127.0.0.1', port: endpoint.port }], ...PATIENT };
    const subscriber = await GlideClient.createClient(configuration);
    await subscriber.subscribe(['news'], 10_000);
    await subscriber.psubscribe(['n*'], 10_000);
    expect(await endpoint.redis.publish('news', 'hello')).toBe(2);
    const messages = [await subscriber.getPubSubMessage(), await subscriber.getPubSubMessage()];
    expect(messages).toMatchObject([
      { channel: 'news', message: 'hello' },
      { channel: 'news', message: 'hello', pattern: 'n*' },
    ]);
    subscriber.close();
  });
});
