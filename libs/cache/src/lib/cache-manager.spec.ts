import { placeSlots, slotOf } from '@distributed-cache/consistent-hash';
import type { MessageOf, NodeKeyAssignment } from '@distributed-cache/pubsub';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheManager } from './cache-manager.ts';
import {
  CacheError,
  DataNodeUnavailableError,
  DuplicateNodeError,
  ManagerClosedError,
  NoDataNodeError,
  OperationTimeoutError,
  InvalidArgumentError,
} from '@distributed-cache/cluster';
import { EntryTooLargeError, KeyTooLongError, ValueTooLargeError } from './errors.ts';
import type { SetOptions } from './request.ts';
import { TestCache } from './testing/test-cache.ts';

const slot = (key: string) => slotOf(Buffer.from(key), 0, Buffer.byteLength(key));
const keys = Array.from({ length: 300 }, (_, index) => `key:${index}`);

let cache: TestCache;
let manager: CacheManager;

beforeEach(() => {
  cache = new TestCache();
  ({ manager } = cache);
});

afterEach(async () => {
  await cache.close();
});

const read = async (key: string) => (await cache.outcome(manager.get(key)))?.value.toString();

describe.each([
  ['in this process', 0],
  ['behind a connection', 3],
])('operations on nodes %s', (_where, latency) => {
  beforeEach(async () => {
    const clients = await cache.join('a', 'b', 'c');
    for (const client of clients) client.delay(latency);
  });

  test('set, get, has and delete', async () => {
    expect(await cache.outcome(manager.get('k'))).toBeUndefined();
    expect(await cache.outcome(manager.has('k'))).toBe(false);
    expect(await cache.outcome(manager.delete('k'))).toBe(false);
    const node = manager.nodeOf('k');
    expect(await cache.outcome(manager.set('k', 'v'))).toEqual({ stored: true, node });
    const hit = await cache.outcome(manager.get('k'));
    expect(hit).toMatchObject({ value: Buffer.from('v'), node });
    expect(hit!.version.epoch).toBeLessThanOrEqual(manager.topology.epoch);
    expect(await cache.outcome(manager.has('k'))).toBe(true);
    expect(await cache.outcome(manager.delete('k'))).toBe(true);
    expect(await cache.outcome(manager.get('k'))).toBeUndefined();
  });

  test('keys and values are any bytes, and an empty value is not a miss', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await cache.outcome(manager.set(bytes, bytes));
    await cache.outcome(manager.set('empty', ''));
    expect((await cache.outcome(manager.get(bytes)))!.value).toEqual(Buffer.from(bytes));
    expect((await cache.outcome(manager.get('empty')))!.value).toHaveLength(0);
  });

  test('a text and its UTF-8 bytes are the same key', async () => {
    await cache.outcome(manager.set('ключ 🗝', 'v'));
    expect((await cache.outcome(manager.get(Buffer.from('ключ 🗝'))))!.value.toString()).toBe('v');
  });

  test("the caller's buffers are its own", async () => {
    const key = Buffer.from('key');
    const value = Buffer.from('value');
    const stored = manager.set(key, value);
    key.fill(0);
    value.fill(0);
    await cache.outcome(stored);
    const hit = await cache.outcome(manager.get('key'));
    hit!.value.fill(0);
    expect(await read('key')).toBe('value');
  });

  test.each<[string, string | undefined, SetOptions, boolean, string | undefined]>([
    ['if-absent stores', undefined, { condition: 'if-absent' }, true, 'new'],
    ['if-absent leaves what is there', 'old', { condition: 'if-absent' }, false, 'old'],
    ['if-present replaces', 'old', { condition: 'if-present' }, true, 'new'],
    ['if-present stores nothing new', undefined, { condition: 'if-present' }, false, undefined],
  ])('%s', async (_name, before, options, stored, after) => {
    if (before !== undefined) await cache.outcome(manager.set('k', before));
    expect(await cache.outcome(manager.set('k', 'new', options))).toEqual({
      stored,
      node: manager.nodeOf('k'),
    });
    expect(await read('k')).toBe(after);
  });

  test('a time to live ends an entry; keepTtl keeps it, another set takes it away', async () => {
    for (const key of ['kept', 'ended', 'freed']) await cache.outcome(manager.set(key, 'v', { ttl: 500 }));
    await cache.outcome(manager.set('kept', 'w', { keepTtl: true }));
    await cache.outcome(manager.set('freed', 'w'));
    await cache.clock.advanceAsync(300);
    expect(await read('kept')).toBe('w');
    await cache.clock.advanceAsync(300);
    expect(await read('kept')).toBeUndefined();
    expect(await read('ended')).toBeUndefined();
    expect(await read('freed')).toBe('w');
  });

  test('getMany, setMany and deleteMany answer key by key', async () => {
    const entries = keys.map((key) => ({ key, value: `value of ${key}` }));
    const results = await cache.outcome(manager.setMany(entries));
    expect(results).toEqual(keys.map((key) => ({ stored: true, node: manager.nodeOf(key) })));
    const hits = await cache.outcome(manager.getMany(['absent', ...keys]));
    expect(hits.map((hit) => hit?.value.toString())).toEqual([
      undefined,
      ...entries.map(({ value }) => value),
    ]);
    expect(await cache.outcome(manager.deleteMany(new Set(['absent', ...keys.slice(0, 10)])))).toBe(10);
    const rest = await cache.outcome(manager.getMany(keys));
    expect(rest.filter((hit) => hit === undefined)).toHaveLength(10);
    expect(
      await cache.outcome(manager.setMany([{ key: 'key:11', value: '', condition: 'if-absent' }])),
    ).toEqual([expect.objectContaining({ stored: false })]);
  });

  test('versions of a key grow with every change, and survive its deletion', async () => {
    let last = -1;
    for (let round = 0; round < 5; round++) {
      await cache.outcome(manager.set('k', 'v'));
      const { counter } = (await cache.outcome(manager.get('k')))!.version;
      expect(counter).toBeGreaterThan(last);
      last = counter;
      await cache.outcome(manager.delete('k'));
    }
  });
});

describe('routing', () => {
  test('is the placement of the ring, by slot', async () => {
    await cache.join('a', 'b', 'c');
    const placed = placeSlots(['a', 'b', 'c'].map((id) => ({ id, weight: 1 })));
    for (const key of keys) {
      const owner = placed.members[placed.primaries[slot(key)]!];
      expect(manager.nodeOf(key)).toBe(owner);
      await manager.set(key, 'v');
      for (const { id, node } of cache.nodes.values()) {
        expect(node.store.entriesInSlot(slot(key)) > 0).toBe(id === owner);
      }
    }
  });

  test('keeps keys with the same hash tag together', async () => {
    await cache.join('a', 'b', 'c');
    for (const key of keys) expect(manager.nodeOf(`{tag}${key}`)).toBe(manager.nodeOf('{tag}'));
  });

  test('goes by weight', async () => {
    await manager.addNode(cache.node('small'));
    await manager.addNode(cache.node('large', { weight: 3 }));
    const shares = new Map(manager.nodes().map(({ id, share }) => [id, share]));
    expect(shares.get('large')! / shares.get('small')!).toBeGreaterThan(2.4);
  });
});

describe('what it tells', () => {
  test('nodes() lists each node once, with its share and what it reported', async () => {
    await cache.join('a', 'b', 'c');
    await manager.setMany(keys.map((key) => ({ key, value: 'v' })));
    await cache.clock.advanceAsync(1000);
    const nodes = manager.nodes();
    expect(nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(nodes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(nodes.reduce((sum, { slots }) => sum + slots, 0)).toBe(16384);
    for (const node of nodes) {
      const { node: actual } = cache.nodes.get(node.id)!;
      expect(node).toMatchObject({ incarnation: actual.incarnation, state: 'active', weight: 1 });
      expect(node.statistics).toEqual(actual.statistics());
      expect(node.statistics.entries).toBeGreaterThan(0);
    }
  });

  test('is ready when every slot has a primary', async () => {
    expect(manager.ready).toBe(false);
    await cache.join('a');
    expect(manager.ready).toBe(true);
    await manager.removeNode('a');
    expect(manager.ready).toBe(false);
    await cache.join('b');
    await manager.close();
    expect(manager.ready).toBe(false);
  });

  test('publishes each change of topology and of assignment, and the epoch only grows', async () => {
    const topologies: MessageOf<'topology'>[] = [];
    const assignments: NodeKeyAssignment[] = [];
    cache.pubsub.subscribe('topology', (message) => {
      if (message.topic === 'topology') topologies.push(message);
    });
    cache.pubsub.subscribe('node_key_assignment', (message) => {
      if (message.topic === 'node_key_assignment') assignments.push(message);
    });
    const epochs: number[] = [];
    manager.topology$.subscribe(({ epoch }) => epochs.push(epoch));

    await cache.join('a', 'b');
    await manager.removeNode('a');
    await cache.turns();

    expect(topologies.map(({ members }) => members.map(({ id }) => id))).toEqual([['a'], ['a', 'b'], ['b']]);
    expect(topologies.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(epochs).toEqual([0, 1, 2, 3]);
    expect(assignments.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(assignments.map(({ moves }) => moves.map(({ from, to }) => [from, to]))).toEqual([
      [[null, 'a']],
      [['a', 'b']],
      [['a', 'b']],
    ]);
    expect(assignments[0]!.moves[0]!.slots).toEqual([[0, 16383]]);
  });
});

describe('bad input', () => {
  beforeEach(async () => {
    await cache.join('a', 'b');
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['an empty key', () => manager.get(''), 'INVALID_ARGUMENT'],
    ['a key that is a number', () => manager.has(7 as unknown as string), 'INVALID_ARGUMENT'],
    ['a key of 64 KiB and one byte', () => manager.delete('é'.repeat(32 * 1024) + 'k'), 'KEY_TOO_LONG'],
    ['a ttl of 0', () => manager.set('k', 'v', { ttl: 0 }), 'INVALID_ARGUMENT'],
    [
      'a value of 8 MiB and one byte',
      () => manager.set('k', Buffer.alloc(8 * 1024 * 1024 + 1)),
      'VALUE_TOO_LARGE',
    ],
    ['a bad key among many', () => manager.getMany(['k', '']), 'INVALID_ARGUMENT'],
    ['an unknown node', () => manager.removeNode('x'), 'INVALID_ARGUMENT'],
    ['a node twice', () => manager.addNode(cache.node('a')), 'DUPLICATE_NODE'],
  ])('%s is refused', async (_name, attempt, code) => {
    const error = await attempt().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code });
  });

  test('the limits themselves are accepted', async () => {
    const key = 'é'.repeat(32 * 1024);
    const value = Buffer.alloc(8 * 1024 * 1024, 'v');
    await manager.set(key, value);
    expect((await manager.get(key))!.value.equals(value)).toBe(true);
  });

  test('bulk operations check everything before they do anything', async () => {
    await manager.set('one', '1');
    await expect(
      manager.setMany([
        { key: 'two', value: '2' },
        { key: 'three', value: '3', ttl: -1 },
      ]),
    ).rejects.toThrow(InvalidArgumentError);
    await expect(manager.deleteMany(['one', 'k'.repeat(65537)])).rejects.toThrow(KeyTooLongError);
    expect(await read('one')).toBe('1');
    expect(await read('two')).toBeUndefined();
  });

  test('an entry that does not fit into its node says so', async () => {
    const small = new TestCache();
    await small.manager.addNode(small.node('small', { maxBytes: 10_000 }));
    await expect(small.manager.set('k', Buffer.alloc(20_000))).rejects.toMatchObject({
      constructor: EntryTooLargeError,
      node: 'small',
      size: 20_001,
      budget: 10_000,
    });
    await small.close();
    const limited = new TestCache({ maxValueBytes: 10 });
    await limited.join('a');
    await limited.manager.set('k', '0123456789');
    await expect(limited.manager.set('k', '0123456789x')).rejects.toThrow(new ValueTooLargeError(11, 10));
    await limited.close();
  });

  test.each([
    { operationTimeout: 0 },
    { statusInterval: 1.5 },
    { maxValueBytes: NaN },
    { operationTimeout: 2 ** 31 },
  ])('options %j are refused', (options) => {
    const { pubsub } = cache;
    expect(() => new CacheManager({ pubsub, ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: Object.keys(options)[0] }),
    );
  });

  test('without a data node every operation says so', async () => {
    const empty = new TestCache();
    expect(empty.manager.nodeOf('k')).toBeUndefined();
    await expect(empty.manager.get('k')).rejects.toThrow(NoDataNodeError);
    await expect(empty.manager.set('k', 'v')).rejects.toThrow(NoDataNodeError);
    await expect(empty.manager.getMany(['k', 'l'])).rejects.toThrow(NoDataNodeError);
    await empty.close();
  });

  test('a node that cannot join is closed and forgotten', async () => {
    const client = cache.node('wrong');
    client.node.close();
    await expect(manager.addNode(client)).rejects.toThrow(DataNodeUnavailableError);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['a', 'b']);
    await cache.join('wrong');
    expect(manager.nodes().map(({ id }) => id)).toEqual(['a', 'b', 'wrong']);
  });

  test('several nodes join in one change of the topology, which places slots as one by one', async () => {
    const many = new TestCache();
    const ids = Array.from({ length: 20 }, (_, index) => `node-${index + 1}`);
    await many.manager.addNodes(ids.map((id) => many.node(id)));
    expect(many.manager.topology.epoch).toBe(1);
    expect(many.manager.ready).toBe(true);
    expect(many.manager.nodes().map(({ id }) => id)).toEqual(ids);
    const oneByOne = new TestCache();
    await oneByOne.join(...ids);
    expect(many.manager.topology.primaries).toEqual(oneByOne.manager.topology.primaries);
    await Promise.all([many.close(), oneByOne.close()]);
  });

  test('several join beside others, whose entries follow', async () => {
    await manager.set('k', 'v');
    await manager.addNodes(['c', 'd', 'e'].map((id) => cache.node(id)));
    expect(manager.nodes()).toHaveLength(5);
    expect((await manager.get('k'))!.value.toString()).toBe('v');
  });

  test('of several nodes none joins when one cannot', async () => {
    const [well, wrong] = [cache.node('c'), cache.node('d')];
    wrong.node.close();
    const { epoch } = manager.topology;
    await expect(manager.addNodes([well, wrong])).rejects.toThrow(DataNodeUnavailableError);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['a', 'b']);
    expect(manager.topology.epoch).toBe(epoch);
  });

  test.each([
    ['c', 'c'],
    ['c', 'a'],
  ])('of several nodes none joins when an id is taken: %s, %s', async (...ids) => {
    await expect(manager.addNodes(ids.map((id) => cache.node(id)))).rejects.toThrow(DuplicateNodeError);
    expect(manager.nodes().map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('concurrent additions of one id: one joins', async () => {
    const outcomes = await Promise.allSettled([
      manager.addNode(cache.node('c')),
      manager.addNode(cache.node('c')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(DuplicateNodeError);
  });
});

describe('deadlines', () => {
  const settled = async (promise: Promise<unknown>) => {
    let outcome: unknown = 'pending';
    promise.then(
      (value) => (outcome = value),
      (error: unknown) => (outcome = error),
    );
    await cache.turns();
    return () => outcome;
  };

  test.each<[string, (key: string) => Promise<unknown>, boolean]>([
    ['get', (key) => manager.get(key), false],
    ['has', (key) => manager.has(key), false],
    ['set', (key) => manager.set(key, 'v'), true],
    ['delete', (key) => manager.delete(key), true],
  ])(
    '%s on a stuck node fails at its deadline, and says what is known',
    async (operation, attempt, unknown) => {
      const [client] = await cache.join('a');
      client!.stall();
      const outcome = await settled(attempt('k'));
      await cache.clock.advanceAsync(999);
      expect(outcome()).toBe('pending');
      await cache.clock.advanceAsync(1);
      expect(outcome()).toBeInstanceOf(OperationTimeoutError);
      expect(outcome()).toMatchObject({ operation, timeout: 1000, outcomeUnknown: unknown });
    },
  );

  test('an operation that was answered leaves no timer', async () => {
    const [client] = await cache.join('a');
    const before = cache.clock.pending;
    client!.delay(5);
    const stored = manager.set('k', 'v');
    await cache.turns();
    expect(cache.clock.pending).toBeGreaterThan(before);
    await cache.outcome(stored);
    expect(cache.clock.pending).toBe(before);
  });
});

describe('close', () => {
  test('closes the nodes, refuses everything after, and may be called again', async () => {
    await cache.join('a', 'b');
    await manager.set('k', 'v');
    let completed = false;
    manager.topology$.subscribe({ complete: () => (completed = true) });
    await Promise.all([manager.close(), manager.close()]);
    expect([...cache.nodes.values()].map(({ node }) => node.state)).toEqual(['closed', 'closed']);
    expect(completed).toBe(true);
    expect(manager.nodes()).toEqual([]);
    for (const attempt of [
      manager.get('k'),
      manager.setMany([{ key: 'k', value: 'v' }]),
      manager.addNode(cache.node('c')),
      manager.removeNode('a'),
    ]) {
      await expect(attempt).rejects.toThrow(ManagerClosedError);
    }
    await manager.close();
  });

  test('lets operations under way finish first', async () => {
    const [client] = await cache.join('a');
    client!.delay(50);
    const stored = manager.set('k', 'v');
    const closed = manager.close();
    await expect(manager.get('k')).rejects.toThrow(ManagerClosedError);
    await cache.outcome(closed);
    expect(await stored).toEqual({ stored: true, node: 'a' });
    expect(client!.node.state).toBe('closed');
  });

  test('ends at the deadlines when a node is stuck', async () => {
    const [client] = await cache.join('a', 'b');
    client!.stall();
    const key = keys.find((candidate) => manager.nodeOf(candidate) === 'a')!;
    const failed = expect(manager.get(key)).rejects.toThrow(OperationTimeoutError);
    const started = cache.clock.now();
    await cache.outcome(manager.close());
    await failed;
    expect(cache.clock.now() - started).toBeLessThanOrEqual(2100);
  });

  test('ends a change of members that is under way', async () => {
    await cache.join('a');
    await manager.setMany(keys.map((key) => ({ key, value: 'v' })));
    const client = cache.node('b');
    client.delay(20);
    const added = manager.addNode(client);
    const removed = manager.removeNode('a');
    const outcomes = Promise.allSettled([added, removed]);
    await cache.clock.advanceAsync(130);
    await cache.outcome(manager.close());
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(ManagerClosedError) });
    }
  });
});
