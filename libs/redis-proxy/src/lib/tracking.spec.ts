import type { ServerState } from '@distributed-cache/redis-server';
import { encode, TestClient } from '@distributed-cache/redis-server/testing';
import { Push, ReplyParser } from '@distributed-cache/resp';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const FORGET_ALL = '>2\r\n$10\r\ninvalidate\r\n_\r\n';
const forget = (key: string): string => `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;

describe('client-side caching over several data nodes', () => {
  let cache: RedisTestCache;
  let server: ServerState;
  let reader: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ statusInterval: 1000 });
    await cache.join('a', 'b', 'c');
    server = cache.server();
    reader = new TestClient(server);
    reader.ask('hello', 3);
    reader.ask('client', 'tracking', 'on');
  });

  afterEach(() => cache.close());

  /** What the client was told until now. */
  async function told(): Promise<string> {
    await cache.clock.advanceAsync(1);
    await cache.turns();
    return reader.read().toString('latin1');
  }

  const primaryOf = (key: string) => cache.nodes.get(cache.manager.nodeOf(key)!)!;

  test('tells of what is written by other doors', async () => {
    reader.ask('mget', 'x', 'y', 'z');
    await cache.manager.set('x', '1');
    expect(await told()).toBe(forget('x'));
    await cache.manager.set('y', '1', { ttl: 100 });
    expect(await told()).toBe(forget('y'));
    await cache.manager.delete('z');
    expect(await told()).toBe(forget('z'));
    reader.ask('get', 'y');
    await cache.clock.advanceAsync(200);
    expect(await told()).toBe(forget('y'));
  });

  test('tells once of a FLUSHALL, which happens at all of them', async () => {
    reader.ask('mget', 'x', 'y', 'z');
    new TestClient(server).ask('flushall');
    expect(await told()).toBe(FORGET_ALL);
  });

  test('counts the reads of a transaction about many slots', async () => {
    for (const command of ['multi', 'get x', 'get y', 'exec']) reader.ask(...command.split(' '));
    await cache.manager.set('y', '1');
    expect(await told()).toBe(forget('y'));
  });

  test('lets news wait for an answer that was given before and is still on its way', async () => {
    const primary = primaryOf('x');
    await cache.manager.set('x', 'old');
    primary.delay(10);
    reader.ask('get', 'x');
    await cache.clock.advanceAsync(15);
    // The answer has left the data node.
    const [key, value] = [Buffer.from('x'), Buffer.from('new')];
    primary.node.set(key, 0, 1, value, 0, 3, 0, 0);
    expect(await told()).toBe('');
    await cache.clock.advanceAsync(10);
    expect(await told()).toBe(`$3\r\nold\r\n${forget('x')}`);
    primary.node.set(key, 0, 1, value, 0, 3, 0, 0);
    expect(await told()).toBe('');
  });

  test('lets a FLUSHALL wait likewise', async () => {
    await cache.manager.set('x', 'old');
    for (const node of cache.nodes.values()) node.delay(10);
    reader.ask('get', 'x');
    await cache.clock.advanceAsync(15);
    for (const { node } of cache.nodes.values()) node.clear(new Uint8Array(16384).fill(1));
    expect(await told()).toBe('');
    await cache.clock.advanceAsync(10);
    expect(await told()).toBe(`$3\r\nold\r\n${FORGET_ALL}`);
  });

  test('tells nothing of entries that move, and of their changes afterwards', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);
    for (const key of keys) await cache.manager.set(key, '1');
    await told();
    reader.ask('mget', ...keys);
    await cache.outcome(cache.manager.addNode(cache.node('d')));
    expect(await told()).toBe('');
    const moved = keys.find((key) => cache.manager.nodeOf(key) === 'd')!;
    await cache.manager.set(moved, '2');
    expect(await told()).toBe(forget(moved));
  });

  test('tells to forget all when a data node was lost', async () => {
    reader.ask('get', 'x');
    primaryOf('y').kill();
    await cache.clock.advanceAsync(10_000);
    expect(await told()).toBe(FORGET_ALL);
  });
});

/** What a program does that keeps what it reads until it is told to forget it. */
class CachingClient {
  readonly kept = new Map<string, string | null>();
  readonly #client: TestClient;
  readonly #parser = new ReplyParser();
  /** Keys whose values have been asked for and not come. */
  readonly #asked: string[] = [];

  constructor(server: ServerState) {
    this.#client = new TestClient(server);
    this.#client.ask('hello', 3);
    this.#client.ask('client', 'tracking', 'on');
  }

  get(key: string): void {
    this.#asked.push(key);
    this.#take(this.#client.write(encode('get', key)));
  }

  /** Takes what has come since. */
  listen(): void {
    this.#take(this.#client.read());
  }

  #take(bytes: Buffer): void {
    this.#parser.feed(bytes);
    while (this.#parser.next()) {
      const { value } = this.#parser;
      if (!(value instanceof Push)) {
        this.kept.set(this.#asked.shift()!, value === null ? null : String(value as Buffer));
        continue;
      }
      const keys = value.items[1] as Buffer[] | null;
      if (keys === null) this.kept.clear();
      else for (const key of keys) this.kept.delete(String(key));
    }
  }
}

test.each([1, testSeed()])(
  'what a client keeps is what there is, with slow data nodes that come and go (TEST_SEED=%d)',
  async (seed) => {
    const random = new SeededRandom(seed);
    const cache = new RedisTestCache({ statusInterval: 100_000 });
    await cache.join('a', 'b');
    const server = cache.server();
    const [writer, ...readers] = [
      new TestClient(server),
      new CachingClient(server),
      new CachingClient(server),
    ] as const;
    for (const node of cache.nodes.values()) node.delay(() => random.integer(3));
    const key = (): string => `key:${random.integer(20)}`;
    let kept = 0;
    for (let round = 0; round < 100; round++) {
      const changes: Promise<unknown>[] = [];
      if (round === 30) changes.push(cache.manager.addNode(cache.node('c')));
      if (round === 60) changes.push(cache.manager.removeNode('a'));
      for (let step = 0; step < 30; step++) {
        const roll = random.integer(100);
        const value = `${round}.${step}`;
        if (roll < 45) random.pick(readers).get(key());
        else if (roll < 60) changes.push(cache.manager.set(key(), value));
        else if (roll < 68) changes.push(cache.manager.delete(key()));
        else if (roll < 74) writer.ask('set', key(), value, 'px', String(1 + random.integer(20)));
        else if (roll < 75) writer.ask('flushall');
        else await cache.clock.advanceAsync(random.integer(3));
        for (const reader of readers) reader.listen();
      }
      await cache.outcome(Promise.all(changes));
      await cache.clock.advanceAsync(300);
      await cache.turns();
      for (const reader of readers) {
        reader.listen();
        kept += reader.kept.size;
        for (const [name, value] of reader.kept) {
          const hit = await cache.outcome(cache.manager.get(name));
          expect([round, name, value]).toEqual([round, name, hit === undefined ? null : String(hit.value)]);
        }
      }
    }
    // Or there would be nothing to be wrong about.
    expect(kept).toBeGreaterThan(500);
    await cache.close();
  },
  60_000,
);
