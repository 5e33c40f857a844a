import { setImmediate } from 'node:timers/promises';
import { slotOf } from '@distributed-cache/consistent-hash';
import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SLOTS_PER_GROUP } from './scan-cursor.ts';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const TIMEOUT = 1000;
const STATUS_INTERVAL = 50;

function slotOfKey(key: string): number {
  const bytes = Buffer.from(key);
  return slotOf(bytes, 0, bytes.length);
}

/** All in the first group of slots, so that everything that moves is in the group that is scanned. */
const KEYS: readonly string[] = Array.from({ length: 25_000 }, (_, index) => `key:${index}`).filter(
  (key) => slotOfKey(key) < SLOTS_PER_GROUP,
);

describe('SCAN when the topology changes in the middle of a group', () => {
  let cache: RedisTestCache;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ operationTimeout: TIMEOUT, statusInterval: STATUS_INTERVAL });
    for (const id of ['a', 'b', 'c']) {
      await cache.manager.addNode(cache.node(id, { statusInterval: STATUS_INTERVAL }));
    }
    client = new TestClient(cache.server());
    for (const key of KEYS) client.ask('set', key, '1');
  });

  afterEach(() => cache.close());

  async function page(cursor: string, count: number): Promise<{ cursor: string; keys: string[] }> {
    const atOnce = client.ask('scan', cursor, 'count', String(count));
    // Time and turns of the event loop pass only where they must.
    const answer = atOnce === '' ? await cache.outcome(client.next()) : atOnce;
    const [next, keys] = parseReplies(Buffer.from(answer))[0] as unknown as [Buffer, Buffer[]];
    return { cursor: String(next), keys: keys.map(String) };
  }

  /** From the cursor to the end, a turn of the event loop between two calls. */
  async function scan(cursor: string, count: number): Promise<Set<string>> {
    const found = new Set<string>();
    let calls = 0;
    do {
      if (++calls > 1000) throw new Error('the scan does not end');
      const next = await page(cursor, count);
      for (const key of next.keys) found.add(key);
      ({ cursor } = next);
      await setImmediate();
    } while (cursor !== '0');
    return found;
  }

  const entriesOf = (id: string): number => cache.nodes.get(id)!.node.store.entries;
  const missing = (found: ReadonlySet<string>): string[] => KEYS.filter((key) => !found.has(key));

  test('visits those that slots move away from first', async () => {
    const left = cache.manager.removeNode('a');
    // Each step of the move takes a turn.
    await setImmediate();
    await setImmediate();
    // Just beyond the last entry of one of those that entries move to, if that came first.
    const { cursor, keys } = await page('0', entriesOf('b') + 1);
    await setImmediate();
    const rest = await page(cursor, 10_000);
    expect(entriesOf('a')).toBeGreaterThan(0);
    expect(missing(new Set([...keys, ...rest.keys]))).toEqual([]);
    await cache.outcome(left);
  });

  test('goes on when those have left', async () => {
    const left = cache.manager.removeNode('a');
    await setImmediate();
    const { cursor, keys } = await page('0', 1);
    await cache.outcome(left);
    for (const node of cache.nodes.values()) node.delay(1);
    expect(missing(new Set([...keys, ...(await scan(cursor, 1000))]))).toEqual([]);
  });

  test('begins the group again when entries may have gone away and come back', async () => {
    // Not quite at the end of the last data node: what comes back to it may come before that.
    const { cursor, keys } = await page('0', KEYS.length - 100);
    await cache.outcome(cache.manager.addNode(cache.node('d')));
    await cache.outcome(cache.manager.removeNode('d'));
    expect(missing(new Set([...keys, ...(await scan(cursor, 1000))]))).toEqual([]);
  });

  test('begins the group again when slots have moved while it waited for an answer', async () => {
    cache.nodes.get('b')!.stall();
    const waiting = page('0', 10_000);
    const joined = cache.manager.addNode(cache.node('d'));
    // What is not at the data node that answers nothing moves meanwhile.
    const { store } = cache.nodes.get('c')!.node;
    const here = KEYS.filter((key) => cache.manager.nodeOf(key) === 'c');
    const entries = () => here.filter((key) => store.entriesInSlot(slotOfKey(key)) > 0);
    const moving = () => here.filter((key) => cache.manager.nodeOf(key) !== 'c');
    do await setImmediate();
    while (moving().length === 0 || entries().length + moving().length > here.length);
    cache.nodes.get('b')!.resume();
    const { cursor, keys } = await waiting;
    const rest = cursor === '0' ? [] : await scan(cursor, 1000);
    expect(missing(new Set([...keys, ...rest]))).toEqual([]);
    await cache.outcome(joined);
  });

  test('goes on without a data node that was lost while it waited for its answer', async () => {
    const there = KEYS.filter((key) => cache.manager.nodeOf(key) !== 'b');
    cache.nodes.get('b')!.stall();
    const waiting = page('0', 10_000);
    while (cache.manager.nodes().some(({ id, state }) => id === 'b' && state !== 'lost')) {
      await cache.clock.advanceAsync(1);
    }
    cache.nodes.get('b')!.resume();
    const { cursor, keys } = await waiting;
    const found = new Set([...keys, ...(cursor === '0' ? [] : await scan(cursor, 1000))]);
    expect(there.filter((key) => !found.has(key))).toEqual([]);
  });

  test('answers what it has when half of the deadline has passed', async () => {
    // Two stops take longer than half, all three would take longer than all of it.
    for (const node of cache.nodes.values()) node.delay(0.18 * TIMEOUT);
    const began = cache.clock.now();
    const { cursor, keys } = await page('0', 10_000);
    expect(cache.clock.now() - began).toBeLessThan(TIMEOUT);
    expect(keys.length).toBeGreaterThan(0);
    expect(cursor).not.toBe('0');
    expect(missing(new Set([...keys, ...(await scan(cursor, 10_000))]))).toEqual([]);
  });
});
