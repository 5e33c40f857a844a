import 'reflect-metadata';
import type { Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import KeyvRedis from '@keyv/redis';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CACHE_MANAGER, CacheInterceptor, CacheModule, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, type INestApplication, Module, Param, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Cache } from 'cache-manager';
import { describeEndpoints } from './endpoints.ts';

let handled: string[] = [];

@Controller('books')
@UseInterceptors(CacheInterceptor)
class BooksController {
  @Get(':id')
  @CacheTTL(30_000)
  read(@Param('id') id: string) {
    handled.push(id);
    return { id, title: `Bücher, ${id}` };
  }
}

describeEndpoints((endpoint) => {
  let app: INestApplication<Server>;
  let cache: Cache;
  let origin: string;
  let failures: unknown[];

  beforeAll(async () => {
    const store = new KeyvRedis(endpoint.url);
    @Module({
      imports: [CacheModule.register({ stores: [store], ttl: 60_000 })],
      controllers: [BooksController],
    })
    class AppModule {}

    app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    origin = `http://127.0.0.1:${port}`;

    // The library hands out results even when the server refused: its events tell.
    cache = app.get<Cache>(CACHE_MANAGER);
    for (const keyv of cache.stores) keyv.on('error', (error) => failures.push(error));
    store.on('error', (error: unknown) => failures.push(error));
  });

  afterAll(() => app.close());

  beforeEach(() => {
    handled = [];
    failures = [];
  });

  const left = () => endpoint.redis.dbsize();

  test('the interceptor answers a request again without the handler, until its time to live', async () => {
    const answers = [await fetch(`${origin}/books/1`), await fetch(`${origin}/books/1`)];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { id: '1', title: 'Bücher, 1' },
      { id: '1', title: 'Bücher, 1' },
    ]);
    expect(answers.map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    expect(handled).toEqual(['1']);

    const [key = ''] = await endpoint.redis.keys('*books/1');
    const remaining = await endpoint.redis.pttl(key);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(30_000);
  });

  test('an entry that was deleted is read from the handler again', async () => {
    await fetch(`${origin}/books/2`);
    expect(await cache.del('/books/2')).toBe(true);
    await fetch(`${origin}/books/2`);
    expect(handled).toEqual(['2', '2']);
  });

  test('wrap computes once', async () => {
    let computed = 0;
    const compute = async () => ({ n: ++computed });
    const calls = Array.from({ length: 10 }, () => cache.wrap('wrapped', compute, 10_000));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 10 }, () => ({ n: 1 })));
    expect(await cache.wrap('wrapped', compute)).toEqual({ n: 1 });
    expect(await cache.ttl('wrapped')).toBeGreaterThan(Date.now());
  });

  test('set, get and del of one key', async () => {
    await cache.set('key', { text: 'Grüße', list: [1, null, true] });
    expect(await cache.get('key')).toEqual({ text: 'Grüße', list: [1, null, true] });
    expect(await cache.get('none')).toBeUndefined();
    await cache.del('key');
    expect(await cache.get('key')).toBeUndefined();
  });

  test('mset stores every key, mget finds them, mdel removes them', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `many:${i}`);
    await cache.mset(keys.map((key, i) => ({ key, value: i, ttl: 20_000 })));
    expect(failures).toEqual([]);
    expect(await left()).toBe(50);
    expect(await cache.mget([...keys, 'none'])).toEqual([...keys.keys(), undefined]);

    expect(await cache.mdel(keys.slice(0, 30))).toBe(true);
    expect(failures).toEqual([]);
    expect(await left()).toBe(20);
    expect(await cache.mget(keys.slice(29, 31))).toEqual([undefined, 30]);
  });

  test('clear removes everything', async () => {
    for (let i = 0; i < 100; i++) await cache.set(`key:${i}`, i);
    expect(await left()).toBe(100);
    expect(await cache.clear()).toBe(true);
    expect(failures).toEqual([]);
    expect(await left()).toBe(0);
  });
});
