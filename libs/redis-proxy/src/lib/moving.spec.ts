import { setImmediate } from 'node:timers/promises';
import { slotOf } from '@distributed-cache/consistent-hash';
import type { ServerState } from '@distributed-cache/redis-server';
import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import type { ChaosClient } from '@distributed-cache/data-node/testing';
import { RedisTestCache } from './testing/redis-test-cache.ts';

/** More than a move takes in its first steps. */
const KEYS_PER_SLOT = 100;
const TAGS = Array.from({ length: 15 }, (_, index) => `{${index}}`);
const keysOf = (tag: string) => Array.from({ length: KEYS_PER_SLOT }, (_, index) => `${tag}${index}`);
const KEYS = TAGS.flatMap(keysOf);

describe('while a data node joins', () => {
  let cache: RedisTestCache;
  let server: ServerState;
  let client: TestClient;
  let joining: ChaosClient;
  let joined: Promise<void>;

  beforeEach(async () => {
    cache = new RedisTestCache({ statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    server = cache.server();
    client = new TestClient(server);
    for (const key of KEYS) client.ask('set', key, '1');
    joining = cache.node('d');
  });

  afterEach(async () => {
    await cache.outcome(joined);
    expect(cache.inconsistencies()).toEqual([]);
    await cache.close();
  });

  /** The answer, however late. */
  const answer = (...args: string[]): Promise<string> => cache.outcome(client.answer(...args));
  const stored = (): number =>
    [...cache.nodes.values()].reduce((sum, { node }) => sum + node.store.entries, 0);

  /** Resolves when the node is the primary of its share, of which nothing has moved. */
  async function join(): Promise<void> {
    joined = cache.manager.addNode(joining);
    const { topology$ } = cache.manager;
    await firstValueFrom(topology$.pipe(filter(({ members }) => members.some(({ id }) => id === 'd'))));
  }

  describe('with an entry that has left one data node and not come to another', () => {
    beforeEach(async () => {
      await join();
      // Each step of a move takes a turn. The node misses an entry of the second, which is sent again after a while.
      await setImmediate();
      joining.fail(1);
      await setImmediate();
      expect(stored()).toBe(KEYS.length - 1);
    });

    test('SCAN finds it', async () => {
      const found = new Set<string>();
      for (let cursor = ''; cursor !== '0';) {
        const page = await answer('scan', cursor === '' ? '0' : cursor, 'count', '10000');
        const [next, keys] = parseReplies(Buffer.from(page))[0] as unknown as [Buffer, Buffer[]];
        cursor = String(next);
        for (const key of keys) found.add(String(key));
      }
      expect([...found].sort()).toEqual([...KEYS].sort());
    });

    test('KEYS finds it', async () => {
      const keys = parseReplies(Buffer.from(await answer('keys', '*')))[0] as Buffer[];
      expect(keys.map(String).sort()).toEqual([...KEYS].sort());
    });

    test('DBSIZE counts every entry once', async () => {
      expect(await answer('dbsize')).toBe(`:${KEYS.length}\r\n`);
    });

    test.each(['flushall', 'flushdb'])('%s deletes it too', async (command) => {
      expect(await answer(command)).toBe('+OK\r\n');
      await cache.outcome(joined);
      expect(stored()).toBe(0);
    });
  });

  test.each([['scan', '0', 'count', '10000'], ['keys', '*'], ['dbsize'], ['flushall'], ['flushdb']])(
    '%s waits no longer than its deadline for an entry that does not come to the other data node',
    async (...args) => {
      await join();
      await setImmediate();
      joining.stall();
      await setImmediate();
      expect(stored()).toBeLessThan(KEYS.length);
      const began = cache.clock.now();
      expect(await answer(...args)).toMatch(/^-TIMEOUT No answer to \w+ within 1000 ms/);
      expect(cache.clock.now() - began).toBeLessThan(1020);
      joining.resume();
    },
  );

  test('a data node that does not hand an entry over is named', async () => {
    const primaries = new Map(KEYS.map((key) => [key, cache.manager.nodeOf(key)!]));
    await join();
    await setImmediate();
    const key = KEYS.find((each) => cache.manager.nodeOf(each) === 'd')!;
    const source = primaries.get(key)!;
    cache.nodes.get(source)!.fail(1);
    expect(await answer('get', key)).toBe(`-CLUSTERDOWN Data node ${source} is unavailable.\r\n`);
    expect(await answer('get', key)).toBe('$1\r\n1\r\n');
  });

  test('DBSIZE counts no entry twice, however late the answers are', async () => {
    const count = async (): Promise<number> => Number((await answer('dbsize')).slice(1));
    await join();
    for (const node of cache.nodes.values()) node.delay(1);
    let over = false;
    void joined.finally(() => {
      over = true;
    });
    let counts = 0;
    for (; !over; counts++) expect(await count()).toBeLessThanOrEqual(KEYS.length);
    expect(counts).toBeGreaterThan(3);
    expect(await count()).toBe(KEYS.length);
  });

  describe('a transaction of keys whose slot moves', () => {
    /** Keys of one slot that is on its way. */
    const moving = (): string[] => keysOf(TAGS.find((tag) => cache.manager.nodeOf(tag) === 'd')!);
    const left = (keys: readonly string[]): number => {
      const sources = ['a', 'b', 'c'].map((id) => cache.nodes.get(id)!.node.store);
      const key = Buffer.from(keys[0]!);
      const slot = slotOf(key, 0, key.length);
      return sources.reduce((sum, store) => sum + store.entriesInSlot(slot), 0);
    };

    function queue(...commands: readonly string[][]): void {
      client.ask('multi');
      for (const command of commands) client.ask(...command);
    }

    const twice = (keys: readonly string[]): string =>
      `*${keys.length}\r\n${keys.map(() => ':2\r\n').join('')}`;

    test('finds the entries that have not moved yet', async () => {
      await join();
      await setImmediate();
      const keys = moving();
      expect(left(keys)).toBeGreaterThan(0);
      queue(...keys.map((key) => ['incr', key]));
      expect(client.ask('exec')).toBe(twice(keys));
    });

    test('finds them when it had to wait for their new primary', async () => {
      const others = ['a', 'b', 'c'].map((id) => cache.nodes.get(id)!);
      for (const other of others) other.stall();
      await join();
      const keys = moving();
      queue(...keys.map((key) => ['incr', key]));
      const executed = client.answer('exec');
      expect(left(keys)).toBe(keys.length);
      for (const other of others) other.resume();
      expect(await cache.outcome(executed)).toBe(twice(keys));
    });

    test('is carried out when what it watches has only moved', async () => {
      const watchers = TAGS.map((tag) => {
        const watcher = new TestClient(server);
        watcher.ask('watch', ...keysOf(tag));
        return watcher;
      });
      await join();
      await setImmediate();
      expect(left(moving())).toBeGreaterThan(0);
      for (const watcher of watchers) {
        watcher.ask('multi');
        watcher.ask('ping');
        expect(watcher.ask('exec')).toBe('*1\r\n+PONG\r\n');
      }
    });

    test('is carried out when it was watched before it moved on', async () => {
      await join();
      await setImmediate();
      const keys = moving();
      expect(left(keys)).toBeGreaterThan(0);
      expect(client.ask('watch', ...keys)).toBe('+OK\r\n');
      await cache.outcome(joined);
      queue(['ping']);
      expect(client.ask('exec')).toBe('*1\r\n+PONG\r\n');
    });

    test('is not carried out when what it watches has changed at its new primary', async () => {
      // Each alone in its slot, and written twice: so it has the counter that the next write at a new primary gets.
      const watched = Array.from({ length: 40 }, (_, index) => `alone:${index}`);
      const watchers = watched.map((key) => {
        const watcher = new TestClient(server);
        for (const command of [
          ['set', key, '1'],
          ['set', key, '1'],
          ['watch', key],
        ])
          watcher.ask(...command);
        return watcher;
      });
      await join();
      await cache.outcome(joined);
      expect(watched.filter((key) => cache.manager.nodeOf(key) === 'd')).not.toEqual([]);
      for (const key of watched) client.ask('set', key, '1');
      for (const watcher of watchers) {
        watcher.ask('multi');
        watcher.ask('ping');
        expect(watcher.ask('exec')).toBe('*-1\r\n');
      }
    });
  });
});
