import type { ServerState } from '@distributed-cache/data-node';
import { TestClient } from '@distributed-cache/data-node/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TestCache } from '../testing/test-cache.ts';

const FORGET_ALL = '>2\r\n$10\r\ninvalidate\r\n_\r\n';
const forget = (key: string): string => `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;

describe('client-side caching over several data nodes', () => {
  let cache: TestCache;
  let server: ServerState;
  let reader: TestClient;

  beforeEach(async () => {
    cache = new TestCache({ statusInterval: 1000 });
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
