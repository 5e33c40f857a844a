import { setImmediate } from 'node:timers/promises';
import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

type Page = readonly [cursor: Buffer, keys: readonly Buffer[]];

describe('SCAN over data nodes', () => {
  let cache: RedisTestCache;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache();
    await cache.join('a', 'b', 'c');
    client = new TestClient(cache.server());
  });

  afterEach(() => cache.close());

  /** The answer, however late. */
  async function ask(asking: TestClient, ...args: string[]): Promise<string> {
    const atOnce = asking.ask(...args);
    return atOnce === '' ? cache.outcome(asking.next()) : atOnce;
  }

  async function page(cursor: string, ...options: string[]): Promise<{ cursor: string; keys: string[] }> {
    const bytes = Buffer.from(await ask(client, 'scan', cursor, ...options), 'latin1');
    const [next, keys] = parseReplies(bytes)[0] as unknown as Page;
    return { cursor: String(next), keys: keys.map(String) };
  }

  /** From the start to the end; `between` is called between two calls. */
  async function scan(between: () => void | Promise<void> = () => undefined, ...options: string[]) {
    const keys: string[] = [];
    let calls = 0;
    for (let cursor = ''; cursor !== '0'; await between()) {
      const next = await page(cursor === '' ? '0' : cursor, ...options);
      keys.push(...next.keys);
      ({ cursor } = next);
      if (++calls > 100_000) throw new Error('the scan does not end');
    }
    return { keys, calls };
  }

  function fill(count: number, prefix = 'key'): string[] {
    const keys = Array.from({ length: count }, (_, index) => `${prefix}:${index}`);
    for (const key of keys) client.ask('set', key, '1');
    return keys;
  }

  test.each([1, 7, 10, 1000])('meets every entry once when nothing moves (COUNT %i)', async (count) => {
    const expected = fill(2000);
    const { keys, calls } = await scan(undefined, 'count', String(count));
    expect(keys.sort()).toEqual(expected.sort());
    expect(calls).toBeLessThanOrEqual(Math.ceil(3200 / count) + 200);
  });

  test('ends at once when there is nothing', async () => {
    expect(await page('0')).toEqual({ cursor: '0', keys: [] });
  });

  test('finds entries that are all in one slot as fast as others', async () => {
    const expected = Array.from({ length: 1000 }, (_, index) => `{one}${index}`);
    for (const key of expected) client.ask('set', key, '1');
    const { keys, calls } = await scan();
    expect(keys.sort()).toEqual(expected.sort());
    expect(calls).toBeLessThan(110);
  });

  test('filters by pattern and by type', async () => {
    fill(100);
    fill(10, 'other');
    expect((await scan(undefined, 'match', 'other:*')).keys).toHaveLength(10);
    expect((await scan(undefined, 'type', 'string')).keys).toHaveLength(110);
    expect(await page('0', 'type', 'hash')).toEqual({ cursor: '0', keys: [] });
  });

  test('keeps its pattern while it waits for answers', async () => {
    fill(100);
    fill(10, 'other');
    for (const node of cache.nodes.values()) node.delay(1);
    expect((await scan(undefined, 'match', 'other:*')).keys).toHaveLength(10);
  });

  test.each(['x', '-', '1.5', '18446744073709551616', ' 1', '0x10'])('refuses %j as a cursor', (cursor) => {
    expect(client.ask('scan', cursor)).toBe('-ERR invalid cursor\r\n');
  });

  test('takes any number of 64 bits for a cursor', async () => {
    fill(100);
    const random = new SeededRandom(testSeed());
    const any = Array.from({ length: 200 }, () =>
      String(BigInt(random.integer(2 ** 32)) * BigInt(random.integer(2 ** 32))),
    );
    for (const cursor of ['18446744073709551615', '-1', '1', ...any]) {
      expect(client.ask('scan', cursor)).toMatch(/^\*2\r\n\$\d+\r\n\d+\r\n\*\d+\r\n/);
    }
  });

  test.each([
    ['joins', () => cache.manager.addNode(cache.node('d'))],
    ['leaves', () => cache.manager.removeNode('a')],
  ])('finds entries wherever they are in the middle of a move: one %s', async (_, change) => {
    const expected = fill(1500);
    const changed = change();
    // A step is bounded, and takes a turn.
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    expect(cache.inconsistencies()).not.toEqual([]);
    const found: string[] = [];
    for (let cursor = ''; cursor !== '0';) {
      const bytes = Buffer.from(client.ask('scan', cursor === '' ? '0' : cursor, 'count', '100'), 'latin1');
      const [next, keys] = parseReplies(bytes)[0] as unknown as Page;
      cursor = String(next);
      found.push(...keys.map(String));
    }
    // All within one turn, so nothing has moved meanwhile.
    expect(cache.inconsistencies()).not.toEqual([]);
    expect([...new Set(found)].sort()).toEqual(expected.sort());
    await cache.outcome(changed);
  });

  test.each([
    ['answer at once', () => 0],
    ['answer late', (random: SeededRandom) => random.integer(3)],
  ])(
    'misses no entry that is there throughout while nodes that %s join and leave',
    async (_, latency) => {
      const random = new SeededRandom(testSeed());
      const expected = fill(1500);
      const names = ['a', 'b', 'c'];
      const slow = (id: string) => cache.nodes.get(id)!.delay(() => latency(random));
      for (const id of names) slow(id);
      let changes = 0;
      let changing: Promise<void> | undefined;
      const change = async (): Promise<void> => {
        changes++;
        if (names.length < 4) {
          const id = `node-${changes}`;
          names.push(id);
          const node = cache.node(id);
          slow(id);
          await cache.manager.addNode(node);
        } else {
          await cache.manager.removeNode(names.splice(random.integer(names.length), 1)[0]!);
        }
        changing = undefined;
      };
      const writer = new TestClient(client.server);
      let repeated = 0;
      let duringChanges = 0;
      // At least until a change was in the way of a scan; some 4 rounds.
      for (let round = 0; round < 4 || changes < 5 || repeated === 0 || duringChanges < 10; round++) {
        let writes = 0;
        const between = async (): Promise<void> => {
          // A scan goes on where the topology rests for the time that a group takes.
          if (changing === undefined && random.chance(0.03)) changing = change();
          if (changing !== undefined) duringChanges++;
          // Others come and go, and those that stay change.
          await ask(writer, 'set', `brief:${writes++}`, 'x');
          await ask(writer, 'del', `brief:${random.integer(writes)}`);
          await ask(writer, 'append', random.pick(expected), 'x');
          await setImmediate();
        };
        const { keys } = await scan(between, 'count', '20');
        const found = new Set(keys);
        expect(expected.filter((key) => !found.has(key))).toEqual([]);
        repeated += keys.length - found.size;
      }
      if (changing !== undefined) await cache.outcome(changing);
    },
    60_000,
  );
});
