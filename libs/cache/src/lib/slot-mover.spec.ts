import { NONE } from '@distributed-cache/store';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { CacheManager } from './cache-manager.ts';
import { DataNodeUnavailableError, OperationTimeoutError } from '@distributed-cache/cluster';
import type { ChaosClient } from '@distributed-cache/data-node/testing';
import { TestCache } from './testing/test-cache.ts';

const keys = Array.from({ length: 2000 }, (_, index) => `key:${index}`);
const entries = keys.map((key) => ({ key, value: `value of ${key}` }));

let cache: TestCache;
let manager: CacheManager;

beforeEach(() => {
  cache = new TestCache();
  ({ manager } = cache);
});

afterEach(async () => {
  expect(cache.inconsistencies()).toEqual([]);
  await cache.close();
});

const read = async (key: string) => (await cache.outcome(manager.get(key)))?.value.toString();
const readAll = async () => (await cache.outcome(manager.getMany(keys))).map((hit) => hit?.value.toString());
const values = entries.map(({ value }) => value);
const entriesOn = (id: string) => cache.nodes.get(id)!.node.store.entries;
/** Looks into the node itself, whoever is the primary. */
const holds = ({ node }: ChaosClient, key: string) => {
  const bytes = Buffer.from(key);
  return node.store.find(bytes, 0, bytes.length, cache.clock.now()) !== NONE;
};
const allKeysOn = (id: string) => keys.filter((key) => manager.nodeOf(key) === id);

describe.each([
  ['in this process', 0],
  ['behind a connection', 2],
])('a change of nodes %s', (_where, latency) => {
  const join = async (...ids: string[]) => {
    for (const id of ids) {
      const client = cache.node(id);
      client.delay(latency);
      await cache.outcome(manager.addNode(client));
    }
  };

  test('moves the entries of the slots that change owner, and no others', async () => {
    await join('a', 'b');
    await cache.outcome(manager.setMany(entries));
    const before = new Map(keys.map((key) => [key, manager.nodeOf(key)]));
    await join('c');
    expect(cache.inconsistencies()).toEqual([]);
    expect(entriesOn('a') + entriesOn('b') + entriesOn('c')).toBe(keys.length);
    const moved = keys.filter((key) => manager.nodeOf(key) !== before.get(key));
    expect(moved.filter((key) => manager.nodeOf(key) === 'c')).toHaveLength(entriesOn('c'));
    expect(entriesOn('c')).toBeGreaterThan(keys.length / 6);
    expect(await readAll()).toEqual(values);

    await cache.outcome(manager.removeNode('a'));
    expect(cache.nodes.get('a')!.node.state).toBe('closed');
    expect(entriesOn('b') + entriesOn('c')).toBe(keys.length);
    expect(await readAll()).toEqual(values);
  });

  test('keeps time to live and version, and versions go on growing', async () => {
    await join('a');
    for (const key of keys.slice(0, 50)) await cache.outcome(manager.set(key, 'v', { ttl: 60_000 }));
    const before = await cache.outcome(manager.getMany(keys.slice(0, 50)));
    await join('b');
    const after = await cache.outcome(manager.getMany(keys.slice(0, 50)));
    expect(after.map((hit) => hit!.version)).toEqual(before.map((hit) => hit!.version));
    const moved = keys.slice(0, 50).filter((key) => manager.nodeOf(key) === 'b');
    expect(moved.length).toBeGreaterThan(0);
    for (const key of moved) {
      const { version } = (await cache.outcome(manager.get(key)))!;
      await cache.outcome(manager.set(key, 'w', { keepTtl: true }));
      expect((await cache.outcome(manager.get(key)))!.version.epoch).toBeGreaterThan(version.epoch);
    }
    await cache.clock.advanceAsync(60_001);
    for (const key of moved) expect(await read(key)).toBeUndefined();
  });

  test('serves reads, writes and deletes of what is still on its way', async () => {
    await join('a');
    await cache.outcome(manager.setMany(entries));
    const client = cache.node('b');
    client.delay(latency);
    const added = manager.addNode(client);
    // As soon as the slots are the new node's, and before the first entry is.
    while (manager.topology.members.length === 1) await cache.clock.advanceAsync(1);
    const moving = allKeysOn('b');
    const [got, had, replaced, refused, deleted, fresh] = await cache.outcome(
      Promise.all([
        manager.get(moving[0]!),
        manager.has(moving[1]!),
        manager.set(moving[2]!, 'new'),
        manager.set(moving[3]!, 'new', { condition: 'if-absent' }),
        manager.delete(moving[4]!),
        manager.set(`{${moving[5]!}}fresh`, 'new', { condition: 'if-absent' }),
      ]),
    );
    expect(got).toMatchObject({ value: Buffer.from(`value of ${moving[0]!}`), node: 'b' });
    expect([had, deleted]).toEqual([true, true]);
    expect([replaced, refused, fresh].map(({ stored, node }) => [stored, node])).toEqual([
      [true, 'b'],
      [false, 'b'],
      [true, 'b'],
    ]);
    await cache.outcome(added);
    expect(await read(moving[2]!)).toBe('new');
    expect(await read(moving[3]!)).toBe(`value of ${moving[3]!}`);
    expect(await read(moving[4]!)).toBeUndefined();
    expect(entriesOn('a') + entriesOn('b')).toBe(keys.length);
  });

  test('changes asked for together are carried out one after the other', async () => {
    await join('a');
    await cache.outcome(manager.setMany(entries));
    const clients = ['b', 'c', 'd'].map((id) => cache.node(id));
    for (const client of clients) client.delay(latency);
    const changes = [...clients.map((client) => manager.addNode(client)), manager.removeNode('a')];
    await cache.outcome(manager.set(keys[0]!, 'changed meanwhile'));
    await cache.outcome(Promise.all(changes));
    await cache.outcome(manager.removeNode('c'));
    expect(manager.nodes().map(({ id }) => id)).toEqual(['b', 'd']);
    expect(await readAll()).toEqual(['changed meanwhile', ...values.slice(1)]);
  });

  test('removing the last node drops its entries', async () => {
    await join('a');
    await cache.outcome(manager.setMany(entries));
    await cache.outcome(manager.removeNode('a'));
    await join('a');
    expect(await readAll()).toEqual(keys.map(() => undefined));
  });
});

test('moves in small steps, so that others get their turn', async () => {
  await cache.join('a');
  await manager.setMany(entries);
  let done = false;
  void manager.addNode(cache.node('b')).then(() => (done = true));
  const seen = new Set<number>();
  while (!done) {
    seen.add(entriesOn('b'));
    await setImmediate();
  }
  expect(seen.size).toBeGreaterThan(3);
});

test('large values move in smaller steps', async () => {
  await cache.join('a');
  const value = Buffer.alloc(256 * 1024, 'v');
  for (const key of keys.slice(0, 100)) await manager.set(key, value);
  let done = false;
  void manager.addNode(cache.node('b')).then(() => (done = true));
  const steps: number[] = [];
  for (let before = 0; !done; before = entriesOn('b')) {
    await setImmediate();
    steps.push(entriesOn('b') - before);
  }
  expect(entriesOn('b')).toBeGreaterThan(20);
  // The first step cannot know how large they are.
  expect(Math.max(...steps)).toBe(16);
  expect(
    steps
      .filter((step) => step > 0)
      .slice(1)
      .every((step) => step <= 4),
  ).toBe(true);
});

describe('a node that fails in the middle of a move', () => {
  const LATENCY = 2;

  /** Two nodes, all entries on `a`, and half of the slots on their way to `b`. */
  const startMove = async () => {
    const [a] = await cache.join('a');
    await manager.setMany(entries);
    const b = cache.node('b');
    a!.delay(LATENCY);
    b.delay(LATENCY);
    const added = manager.addNode(b);
    const outcome = added.then(
      () => undefined,
      (error: unknown) => error,
    );
    while (b.node.store.entries < 30) await cache.clock.advanceAsync(1);
    const onTheWay = allKeysOn('b').filter((key) => !holds(b, key));
    expect(onTheWay.length).toBeGreaterThan(500);
    return { a: a!, b, outcome, onTheWay };
  };

  test('calls that fail are made again, and nothing is lost', async () => {
    const { a, b, outcome } = await startMove();
    a.fail(3);
    b.fail(3);
    expect(await cache.outcome(outcome)).toBeUndefined();
    expect(await readAll()).toEqual(values);
    expect(entriesOn('a') + entriesOn('b')).toBe(keys.length);
  });

  test('an operation waits for its entry, even if the connection fails while that travels', async () => {
    const { a, b, outcome, onTheWay } = await startMove();
    let travelling: string[] = [];
    while (travelling.length < 3) {
      await cache.clock.advanceAsync(1);
      travelling = onTheWay.filter((key) => !holds(a, key) && !holds(b, key));
    }
    // Taken, and not yet answered: so these are the calls that bring them to b.
    b.fail(travelling.length);
    const [got, deleted, refused] = await cache.outcome(
      Promise.all([
        manager.get(travelling[0]!),
        manager.delete(travelling[1]!),
        manager.set(travelling[2]!, 'new', { condition: 'if-absent' }),
      ]),
    );
    expect([got?.value.toString(), deleted, refused.stored]).toEqual([
      `value of ${travelling[0]!}`,
      true,
      false,
    ]);
    expect(await cache.outcome(outcome)).toBeUndefined();
    expect(await read(travelling[1]!)).toBeUndefined();
    expect(entriesOn('a') + entriesOn('b')).toBe(keys.length - 1);
  });

  test('a source that pauses delays operations to their deadline at most, and nothing is lost', async () => {
    const { a, outcome, onTheWay } = await startMove();
    a.stall();
    const failed = expect(manager.get(onTheWay[0]!)).rejects.toThrow(OperationTimeoutError);
    const kept = manager.set(onTheWay[0]!, 'never sent').catch((error: unknown) => error);
    await cache.clock.advanceAsync(1000);
    await failed;
    expect(await kept).toMatchObject({ code: 'OPERATION_TIMED_OUT', outcomeUnknown: false });
    a.resume();
    expect(await cache.outcome(outcome)).toBeUndefined();
    expect(await readAll()).toEqual(values);
  });

  test('a source that is lost takes what had not arrived with it; the rest stays, the slots are served', async () => {
    const { a, b, outcome, onTheWay } = await startMove();
    a.kill();
    await expect(cache.outcome(manager.get(onTheWay[0]!))).rejects.toThrow(DataNodeUnavailableError);
    await cache.clock.advanceAsync(4000);
    expect(await cache.outcome(outcome)).toBeUndefined();
    expect(manager.nodes().map(({ id, state, slots }) => [id, state, slots])).toEqual([
      ['a', 'lost', 0],
      ['b', 'active', 16384],
    ]);
    expect(b.node.store.entries).toBeGreaterThanOrEqual(30);
    expect((await readAll()).filter((value) => value !== undefined)).toHaveLength(b.node.store.entries);
    expect(await cache.outcome(manager.set(onTheWay[0]!, 'v'))).toEqual({ stored: true, node: 'b' });
  });

  test('a target that is lost does not bring back what had changed on it', async () => {
    const { b, outcome, onTheWay } = await startMove();
    // These two go over to b at once, because they are asked for there.
    await cache.outcome(manager.set(onTheWay[0]!, 'new'));
    await cache.outcome(manager.delete(onTheWay[1]!));
    const untouched = onTheWay.filter((key) => !holds(b, key));
    b.kill();
    await cache.clock.advanceAsync(4000);
    expect(await cache.outcome(outcome)).toBeInstanceOf(DataNodeUnavailableError);
    expect(manager.nodes().map(({ id, slots }) => [id, slots])).toEqual([['a', 16384]]);
    expect(await read(onTheWay[0]!)).toBeUndefined();
    expect(await read(onTheWay[1]!)).toBeUndefined();
    // What nobody had asked for never left, a travelling step aside.
    const kept = await cache.outcome(manager.getMany(untouched));
    const present = kept.filter((hit) => hit !== undefined);
    expect(present.length).toBeGreaterThan(untouched.length - 600);
    kept.forEach((hit, index) => {
      if (hit !== undefined) expect(hit.value.toString()).toBe(`value of ${untouched[index]!}`);
    });
  });

  test('what was asked for while a target was dying does not go down with it', async () => {
    const { a, b, outcome, onTheWay } = await startMove();
    b.kill();
    await cache.clock.advanceAsync(50);
    const waiting = onTheWay.filter((key) => holds(a, key)).slice(0, 20);
    const failed = Promise.allSettled(waiting.map((key) => manager.get(key)));
    await cache.clock.advanceAsync(4000);
    expect((await failed).map(({ status }) => status)).toEqual(waiting.map(() => 'rejected'));
    expect(await cache.outcome(outcome)).toBeInstanceOf(DataNodeUnavailableError);
    for (const key of waiting) expect(await read(key)).toBe(`value of ${key}`);
  });

  test('when a target is lost, the rest goes on to a third node', async () => {
    const [a] = await cache.join('a', 'b', 'c');
    await manager.setMany(entries);
    for (const client of cache.nodes.values()) client.delay(LATENCY);
    const onA = allKeysOn('a');
    const removed = manager.removeNode('a');
    while (manager.nodeOf(onA[0]!) === 'a') await cache.clock.advanceAsync(1);
    const toB = onA.filter((key) => manager.nodeOf(key) === 'b');
    while (a!.node.store.entries > onA.length - 30) await cache.clock.advanceAsync(1);
    const left = toB.filter((key) => holds(a!, key));
    expect(left.length).toBeGreaterThan(200);
    cache.nodes.get('b')!.kill();
    await cache.clock.advanceAsync(4000);
    await cache.outcome(removed);
    expect(manager.nodes().map(({ id, slots }) => [id, slots])).toEqual([
      ['b', 0],
      ['c', 16384],
    ]);
    const arrived = (await cache.outcome(manager.getMany(left))).filter((hit) => hit !== undefined);
    // A step was on its way to b.
    expect(arrived.length).toBeGreaterThan(left.length - 130);
    for (const { node } of arrived) expect(node).toBe('c');
  });

  test('a node that reports but never answers is given up', async () => {
    const { a, outcome } = await startMove();
    a.delay(1e9);
    await cache.clock.advanceAsync(3100);
    expect(await cache.outcome(outcome)).toBeUndefined();
    expect(manager.nodes().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'lost'],
      ['b', 'active'],
    ]);
    a.delay(0);
  });

  test('removing the source while its entries move waits for them', async () => {
    const { outcome } = await startMove();
    const removed = manager.removeNode('a');
    await cache.outcome(removed);
    expect(await outcome).toBeUndefined();
    expect(await readAll()).toEqual(values);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['b']);
  });

  test('removing the target while entries move to it brings them all back', async () => {
    const { outcome } = await startMove();
    const removed = manager.removeNode('b');
    await cache.outcome(removed);
    expect(await outcome).toBeUndefined();
    expect(await readAll()).toEqual(values);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['a']);
  });
});
