import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheManager } from './cache-manager.ts';
import { DataNodeUnavailableError, NoDataNodeError, OperationTimeoutError } from '@distributed-cache/cluster';
import type { ChaosClient } from '@distributed-cache/data-node/testing';
import { TestCache } from './testing/test-cache.ts';

const keys = Array.from({ length: 300 }, (_, index) => `key:${index}`);
/** Three silent intervals, and one more until the next look. */
const FOUND_OUT = 4000;

let cache: TestCache;
let manager: CacheManager;
let a: ChaosClient;

beforeEach(async () => {
  cache = new TestCache();
  ({ manager } = cache);
  [a] = (await cache.join('a', 'b', 'c')) as [ChaosClient];
  await manager.setMany(keys.map((key) => ({ key, value: 'old' })));
});

afterEach(async () => {
  expect(manager.nodes().reduce((sum, { slots }) => sum + slots, 0)).toBe(16384);
  await cache.close();
});

const keysOn = (id: string) => keys.filter((key) => manager.nodeOf(key) === id);
const states = () => Object.fromEntries(manager.nodes().map(({ id, state }) => [id, state]));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a node that stalls', () => {
  test('costs its own keys only, for no longer than it takes to find out', async () => {
    const mine = keysOn('a');
    const others = keysOn('b').concat(keysOn('c'));
    a.stall();
    const failed = failure(manager.get(mine[0]!));
    expect((await manager.getMany(others)).every((hit) => hit?.value.toString() === 'old')).toBe(true);
    await cache.clock.advanceAsync(1000);
    expect(await failed).toBeInstanceOf(OperationTimeoutError);
    await cache.clock.advanceAsync(FOUND_OUT - 1000);

    expect(states()).toEqual({ a: 'lost', b: 'active', c: 'active' });
    expect(mine.map((key) => manager.nodeOf(key))).not.toContain('a');
    expect(manager.ready).toBe(true);
    expect(await manager.getMany(mine)).toEqual(mine.map(() => undefined));
    await manager.set(mine[0]!, 'new');
    expect((await manager.get(mine[0]!))!.value.toString()).toBe('new');
    expect((await manager.getMany(others)).every((hit) => hit?.value.toString() === 'old')).toBe(true);
  });

  test('for a shorter while is not lost, and keeps its entries', async () => {
    a.stall();
    const found = manager.get(keysOn('a')[0]!);
    await cache.clock.advanceAsync(900);
    a.resume();
    expect((await found)!.value.toString()).toBe('old');
    await cache.clock.advanceAsync(10_000);
    expect(states()).toEqual({ a: 'active', b: 'active', c: 'active' });
  });

  test('is told to begin anew when it is heard of again, and returns as a new, empty member', async () => {
    const mine = keysOn('a');
    const { incarnation } = a;
    a.stall();
    await cache.clock.advanceAsync(FOUND_OUT);
    await manager.setMany(mine.map((key) => ({ key, value: 'new' })));
    a.resume();
    expect(a.node.store.entries).toBe(mine.length);
    await cache.clock.advanceAsync(1000);
    await cache.outcome(manager.set('{anything}', 'v'));

    expect(a.incarnation).not.toBe(incarnation);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['b', 'c', 'a'].sort());
    expect(manager.nodes().find(({ id }) => id === 'a')).toMatchObject({
      state: 'active',
      incarnation: a.incarnation,
    });
    expect(keysOn('a')).toEqual(mine);
    const hits = await cache.outcome(manager.getMany(mine));
    expect(hits.map((hit) => hit?.value.toString())).toEqual(mine.map(() => 'new'));
    expect(cache.inconsistencies()).toEqual([]);
  });

  test('does late what it was asked to, and nobody ever sees it', async () => {
    const [set, deleted, conditional, untouched] = keysOn('a') as [string, string, string, string];
    a.stall();
    const asked = [
      manager.set(set, 'late'),
      manager.delete(deleted),
      manager.set(conditional, 'late', { condition: 'if-present' }),
    ].map(failure);
    await cache.clock.advanceAsync(1000);
    for (const outcome of await Promise.all(asked)) expect(outcome).toMatchObject({ outcomeUnknown: true });
    await cache.clock.advanceAsync(FOUND_OUT);
    await manager.setMany([
      { key: deleted, value: 'new' },
      { key: untouched, value: 'new' },
    ]);

    a.resume();
    // It did: on its own copy, which is no part of the cache any more.
    const own = Buffer.from(deleted);
    expect(a.node.has(own, 0, own.length)).toBe(0);
    const look = async () =>
      (await cache.outcome(manager.getMany([set, deleted, conditional, untouched]))).map((hit) =>
        hit?.value.toString(),
      );
    expect(await look()).toEqual([undefined, 'new', undefined, 'new']);
    await cache.clock.advanceAsync(2000);
    expect(states()).toEqual({ a: 'active', b: 'active', c: 'active' });
    expect(await look()).toEqual([undefined, 'new', undefined, 'new']);
  });

  test('a write that it acknowledges after it was declared lost is not acknowledged to the caller', async () => {
    const patient = new TestCache({ operationTimeout: 20_000 });
    const [first] = await patient.join('a', 'b');
    const key = keys.find((candidate) => patient.manager.nodeOf(candidate) === 'a')!;
    await patient.manager.set(key, 'old');
    first!.stall();
    const written = failure(patient.manager.set(key, 'late'));
    const found = patient.manager.get(key);
    await patient.clock.advanceAsync(FOUND_OUT);
    first!.resume();
    expect(await written).toMatchObject({ code: 'DATA_NODE_UNAVAILABLE', outcomeUnknown: true });
    // A read has no effect, so it is asked again where the key lives now.
    expect(await found).toBeUndefined();
    await patient.close();
  });

  test('can be removed, and its id used again', async () => {
    a.stall();
    await cache.clock.advanceAsync(FOUND_OUT);
    await cache.outcome(manager.removeNode('a'));
    expect(states()).toEqual({ b: 'active', c: 'active' });
    await cache.join('a');
    expect(states()).toEqual({ b: 'active', c: 'active', a: 'active' });
    expect(await manager.getMany(keysOn('a'))).toEqual(keysOn('a').map(() => undefined));
  });
});

describe('a node that dies', () => {
  test('fails its operations at once, typed, until its slots are elsewhere', async () => {
    const [key] = keysOn('a') as [string];
    a.kill();
    await expect(manager.get(key)).rejects.toMatchObject({ code: 'DATA_NODE_UNAVAILABLE', node: 'a' });
    await expect(manager.set(key, 'v')).rejects.toMatchObject({ node: 'a', outcomeUnknown: false });
    await cache.clock.advanceAsync(FOUND_OUT);
    expect(await manager.get(key)).toBeUndefined();
    expect(await manager.set(key, 'v')).toMatchObject({ stored: true });
  });

  test('leaves a write that was under way unknown', async () => {
    const [key] = keysOn('a') as [string];
    a.delay(10);
    const written = failure(manager.set(key, 'v'));
    const found = failure(manager.get(key));
    a.kill();
    expect(await written).toMatchObject({ code: 'DATA_NODE_UNAVAILABLE', outcomeUnknown: true });
    expect(await found).toMatchObject({ code: 'DATA_NODE_UNAVAILABLE', outcomeUnknown: false });
  });

  test('while it is being removed makes the removal fail, and is gone', async () => {
    for (const client of cache.nodes.values()) client.delay(2);
    const removed = failure(manager.removeNode('a'));
    await cache.clock.advanceAsync(9);
    a.kill();
    await cache.clock.advanceAsync(FOUND_OUT);
    expect(await cache.outcome(removed)).toBeInstanceOf(DataNodeUnavailableError);
    expect(states()).toEqual({ b: 'active', c: 'active' });
    expect(manager.ready).toBe(true);
  });
});

test('a node that closes by itself is forgotten at once', async () => {
  const [key] = keysOn('a') as [string];
  a.node.close();
  await expect(manager.get(key)).rejects.toThrow(DataNodeUnavailableError);
  await cache.turns();
  expect(states()).toEqual({ b: 'active', c: 'active' });
  expect(await manager.get(key)).toBeUndefined();
});

test('a node that begins anew by itself is a new, empty member', async () => {
  const mine = keysOn('a');
  const { incarnation } = a;
  a.node.restart();
  await expect(manager.get(mine[0]!)).rejects.toThrow(DataNodeUnavailableError);
  await cache.turns();
  expect(manager.nodes().find(({ id }) => id === 'a')).toMatchObject({ incarnation: a.incarnation });
  expect(a.incarnation).not.toBe(incarnation);
  expect(keysOn('a')).toEqual(mine);
  expect(await manager.getMany(mine)).toEqual(mine.map(() => undefined));
});

test('two nodes lost together leave everything to the third', async () => {
  a.stall();
  cache.nodes.get('b')!.kill();
  await cache.clock.advanceAsync(FOUND_OUT);
  expect(states()).toEqual({ a: 'lost', b: 'lost', c: 'active' });
  expect(keysOn('c')).toEqual(keys);
  expect(manager.ready).toBe(true);
});

test('when the last node is lost there is none, until it returns', async () => {
  await manager.removeNode('b');
  await manager.removeNode('c');
  a.stall();
  await cache.clock.advanceAsync(FOUND_OUT);
  await expect(manager.get('k')).rejects.toThrow(NoDataNodeError);
  expect(manager.ready).toBe(false);
  a.resume();
  await cache.clock.advanceAsync(1000);
  await cache.turns();
  expect(manager.ready).toBe(true);
  expect(await manager.get(keys[0]!)).toBeUndefined();
});

test('a manager that was stalled itself does not declare everybody lost', async () => {
  cache.clock.jump(60_000);
  await cache.clock.advanceAsync(2000);
  expect(states()).toEqual({ a: 'active', b: 'active', c: 'active' });
  expect((await manager.getMany(keys)).every((hit) => hit !== undefined)).toBe(true);
});

test('a loss is told as such: the slots come from nobody', async () => {
  const moves: (string | null)[] = [];
  cache.pubsub.subscribe('node_key_assignment', (message) => {
    if (message.topic === 'node_key_assignment') moves.push(...message.moves.map(({ from }) => from));
  });
  a.stall();
  await cache.clock.advanceAsync(FOUND_OUT);
  expect(moves.slice(0, 2)).toEqual([null, null]);
});
