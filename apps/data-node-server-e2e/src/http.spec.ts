import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ServerProcess } from './server-process.ts';

/** What both doors of the cache manager see. */
describe('HTTP and Redis clients', () => {
  let server: ServerProcess;
  let redis: Redis;

  beforeAll(async () => {
    server = await ServerProcess.start('cache-manager', { DATA_NODES: '3' });
    redis = new Redis({ port: server.port });
  });

  afterAll(async () => {
    await redis.quit();
    expect(await server.stop()).toBe(0);
  });

  beforeEach(() => redis.flushall());

  const url = (key: string, more = '') => `${server.httpOrigin}/?key=${encodeURIComponent(key)}${more}`;

  test('see the same entries', async () => {
    await redis.set('by redis', 'Grüße');
    const found = (await (await fetch(url('by redis'))).json()) as { value: string };
    expect(found.value).toBe('Grüße');
    await fetch(url('by http', '&value=1&ttl=60000'), { method: 'POST' });
    expect(await redis.incr('by http')).toBe(2);
    expect(await redis.pttl('by http')).toBeGreaterThan(50_000);
    expect((await fetch(url('by redis'), { method: 'DELETE' })).status).toBe(200);
    expect(await redis.exists('by redis', 'by http')).toBe(1);
    await redis.del('by http');
    expect((await fetch(url('by http'))).status).toBe(404);
  });

  test('see the same bytes', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await redis.set('bytes', bytes);
    const found = (await (await fetch(url('bytes'))).json()) as { value: string; encoding: string };
    expect(found).toMatchObject({ value: bytes.toString('base64'), encoding: 'base64' });
    await fetch(url('body'), { method: 'POST', body: bytes });
    expect(await redis.getBuffer('body')).toEqual(bytes);
  });

  test('add up in INFO and /nodes', async () => {
    await redis.config('RESETSTAT');
    await Promise.all(Array.from({ length: 300 }, (_, i) => redis.set(`key:${i}`, 'x')));
    for (let i = 0; i < 10; i++) await fetch(url(`key:${i}`));
    await redis.get('none');
    const info = await redis.info();
    expect(info).toContain('redis_mode:standalone');
    expect(info).toContain('db0:keys=300,');
    expect(info).toContain('keyspace_hits:10\r\nkeyspace_misses:1\r\n');
    expect(info).toContain(`maxmemory:${3 * 256 * 2 ** 20}\r\n`);
    const owners = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const { node } = (await (await fetch(url(`key:${i}`))).json()) as { node: string };
        return node;
      }),
    );
    expect(new Set(owners).size).toBe(3);
  });

  test('expire entries at the same time', async () => {
    await redis.set('brief', '1', 'PX', 30);
    while ((await fetch(url('brief'))).status !== 404);
    expect(await redis.exists('brief')).toBe(0);
  });
});
