import { describe, expect, test } from '@jest/globals';
import { slotOf } from '@distributed-cache/consistent-hash';
import { PubSubClosedError, type CacheInvalidation, type InvalidatedEntry } from '@distributed-cache/pubsub';
import { ALL_SLOTS, TestNode } from './data-node.spec-helper.ts';
import { MISS, OK } from './status.ts';
import { marked } from '@distributed-cache/store/contract';

const slotOfText = (key: string): number => slotOf(Buffer.from(key), 0, key.length);
const text = ({ key }: InvalidatedEntry): string | null => key && Buffer.from(key).toString();
const keysOf = (messages: CacheInvalidation[]): (string | null)[] =>
  messages.flatMap(({ entries }) => entries.map(text));

function listening(options: ConstructorParameters<typeof TestNode>[0] = {}): TestNode {
  const it = new TestNode(options);
  it.pubsub.listened.add('cache_invalidation');
  return it;
}

describe('cache_invalidation', () => {
  test('carries all changes of a turn in one message, with their versions', () => {
    const it = listening();
    const slot = slotOfText('{x}');
    it.set('a{x}', '1');
    it.set('a{x}', '2');
    it.append('b{x}', '1');
    it.append('b{x}', '1');
    it.add('c{x}', 1);
    it.delete('c{x}');
    it.delete('never there {x}');
    expect(it.pubsub.published).toEqual([]);
    const messages = it.invalidations();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ node: 'node-1', incarnation: 'incarnation-1', sequence: 1 });
    expect(
      messages[0]!.entries.map((entry) => [
        text(entry),
        entry.slot,
        entry.version.epoch,
        entry.version.counter,
      ]),
    ).toEqual(
      ['a{x}', 'a{x}', 'b{x}', 'b{x}', 'c{x}', 'c{x}', 'never there {x}'].map((key, i) => [
        key,
        slot,
        1,
        i + 1,
      ]),
    );
  });

  test('is not sent for what changes nothing', () => {
    const it = listening();
    it.set('key', 'text');
    it.invalidations();
    it.get('key');
    it.has('key');
    it.touch('key');
    it.set('key', 'x', { flags: 1 });
    it.set('key', Buffer.alloc(9 * 1024 * 1024));
    it.add('key', 1);
    it.node.releaseSlots([slotOfText('key')]);
    it.set('key', 'x');
    expect(it.invalidations()).toEqual([]);
    expect(it.clock.pending).toBe(0);
  });

  test('tells of evictions and expiries, under the version of the removal', () => {
    const it = listening({ maxEntries: 2 });
    it.node.start();
    it.set('expires', '1', { ttl: 10 });
    it.set('evicted', '1');
    it.invalidations();
    it.clock.advance(10);
    const [expiry] = it.invalidations();
    expect(expiry!.entries.map(text)).toEqual(['expires']);
    const slot = slotOfText('expires');
    expect(expiry!.entries[0]!.version).toEqual({ epoch: 1, counter: it.node.store.slotCounter(slot) });
    expect(expiry!.entries[0]!.version.counter).toBe(2);
    it.set('1', '1');
    it.set('2', '1');
    expect(keysOf(it.invalidations())).toEqual(['1', 'evicted', '2']);
    it.set('short', '1', { ttl: 5 });
    it.invalidations();
    it.clock.jump(5);
    it.get('short');
    expect(keysOf(it.invalidations())).toEqual(['short']);
  });

  test('numbers its messages without a gap', () => {
    const it = listening();
    for (let turn = 1; turn <= 20; turn++) {
      if (turn % 3 !== 0) it.set(`key ${turn}`, '1');
      it.clock.advance(0);
    }
    const sequences = it.invalidations().map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  });

  test('splits a giant turn by entries and by bytes, losing nothing', () => {
    const it = listening();
    const keys = Array.from({ length: 2500 }, (_, i) => `key ${i}`);
    for (const key of keys) it.set(key, '1');
    const byEntries = it.invalidations();
    expect(byEntries.map(({ entries }) => entries.length)).toEqual([1000, 1000, 500]);
    expect(keysOf(byEntries)).toEqual(keys);
    for (let i = 0; i < 10; i++) it.set(Buffer.alloc(60_000, i), '1');
    const byBytes = it.invalidations();
    expect(byBytes.map(({ entries }) => entries.length)).toEqual([5, 5]);
    expect([...byEntries, ...byBytes].map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  test('is not made while nobody listens, and begins with the first change after somebody does', () => {
    const it = new TestNode();
    it.set('before', '1');
    expect(it.clock.pending).toBe(0);
    it.pubsub.listened.add('cache_invalidation');
    it.set('after', '1');
    const messages = it.invalidations();
    expect(keysOf(messages)).toEqual(['after']);
    expect(messages[0]!.sequence).toBe(1);
  });

  test('collected for a listener that left in the meantime is dropped without a gap', () => {
    const it = listening();
    it.set('a', '1');
    it.pubsub.listened.clear();
    expect(it.invalidations()).toEqual([]);
    it.pubsub.listened.add('cache_invalidation');
    it.set('b', '1');
    expect(it.invalidations().map(({ sequence, entries }) => [sequence, entries.map(text)])).toEqual([
      [1, ['b']],
    ]);
  });

  test('a cleared slot is one entry without a key, for owned slots, whether they held something or not', () => {
    const it = listening();
    it.set('a', '1');
    it.set('a{a}', '1');
    it.set('b', '1');
    it.invalidations();
    it.node.releaseSlots([slotOfText('b')]);
    it.node.clear(marked([slotOfText('a'), slotOfText('b'), slotOfText('c')]));
    expect(it.node.statistics().entries).toBe(0);
    const [message] = it.invalidations();
    const version = (counter: number) => ({ epoch: 1, counter });
    expect(message!.entries).toEqual(
      [
        { slot: slotOfText('a'), key: null, version: version(3) },
        { slot: slotOfText('c'), key: null, version: version(1) },
      ].sort((one, other) => one.slot - other.slot),
    );
  });

  test('moving an entry tells nobody', () => {
    const from = listening();
    const to = listening();
    from.set('key', 'value');
    from.invalidations();
    const entry = from.node.take(Buffer.from('key'), 0, 3)!;
    expect(to.node.receive(entry)).toBe(OK);
    expect([from.invalidations(), to.invalidations()]).toEqual([[], []]);
  });

  test('keeps a key that the caller overwrites', () => {
    const it = listening();
    const buffer = Buffer.from('key');
    it.node.set(buffer, 0, 3, buffer, 0, 3, 0, 0);
    buffer.fill('x');
    it.node.delete(buffer, 0, 3);
    buffer.fill('y');
    expect(keysOf(it.invalidations())).toEqual(['key', 'xxx']);
  });

  test('restart and close publish what was collected; a new incarnation counts from 1', () => {
    const it = listening();
    it.set('a', '1');
    it.node.restart();
    it.node.takeSlots(ALL_SLOTS, 2);
    it.set('b', '1');
    it.node.close();
    const told = it.invalidations().map((m) => [m.incarnation, m.sequence, m.entries.map(text)]);
    expect(told).toEqual([
      ['incarnation-1', 1, ['a']],
      ['incarnation-2', 1, ['b']],
    ]);
    expect(it.clock.pending).toBe(0);
  });
});

describe('a PubSub that was closed first', () => {
  test('harms neither operations nor timers', () => {
    const it = new TestNode();
    it.pubsub.listened.add('cache_invalidation').add('node_status');
    it.node.start();
    it.pubsub.publish = () => {
      throw new PubSubClosedError();
    };
    it.set('key', 'value');
    it.clock.advance(5000);
    it.node.setState('draining');
    expect(it.get('key')).toBe('value');
    it.node.close();
    expect(it.clock.pending).toBe(0);
  });

  test('is the only failure that is let pass', () => {
    const it = listening();
    it.pubsub.publish = () => {
      throw new TypeError('a mistake');
    };
    it.set('key', 'value');
    expect(() => it.clock.advance(0)).toThrow('a mistake');
  });
});

describe('active expiry', () => {
  test('gives bytes back without a read, for a millisecond in each turn of the event loop', () => {
    const it = new TestNode();
    it.node.start();
    for (let i = 0; i < 950; i++) it.set(`key ${i}`, 'value', { ttl: 100 });
    it.set('later', 'value', { ttl: 5000 });
    it.set('for ever', 'value');
    const { store } = it.node;
    const expire = store.expire.bind(store);
    store.expire = (now, limit) => {
      // This takes a millisecond for a hundred.
      it.clock.jump(limit / 100);
      return expire(now, limit);
    };
    it.clock.jump(100);
    const entries: number[] = [];
    while (store.entries > 2) {
      it.clock.advance(0);
      entries.push(store.entries);
    }
    expect(entries).toEqual([852, 752, 652, 552, 452, 352, 252, 152, 52, 2]);
    expect(it.node.statistics()).toMatchObject({ entries: 2, expirations: 950, hits: 0, misses: 0 });
    it.clock.advance(5000);
    expect(it.node.statistics().entries).toBe(1);
    expect(it.clock.pending).toBe(1); // the next report
  });

  test('moves its timer forward for a sooner entry, and collects what was there before start', () => {
    const it = new TestNode();
    it.set('early', '1', { ttl: 3 });
    it.clock.jump(5);
    it.node.start();
    it.clock.advance(0);
    expect(it.node.statistics().expirations).toBe(1);
    it.set('late', '1', { ttl: 1000 });
    it.set('soon', '1', { ttl: 10 });
    it.clock.advance(10);
    expect(it.node.statistics()).toMatchObject({ entries: 1, expirations: 2 });
    it.set('late', '1', { ttl: 3000 });
    it.clock.advance(2999);
    expect(it.has('late')).toBe(OK);
    it.clock.advance(1);
    expect(it.node.statistics()).toMatchObject({ entries: 0, expirations: 3 });
  });

  test('waits for times beyond the longest timer', () => {
    const it = new TestNode({ statusInterval: 2 ** 31 - 1 });
    it.node.start();
    const days60 = 60 * 24 * 3_600_000;
    it.set('key', '1', { ttl: days60 });
    it.clock.advance(days60 - 1);
    expect(it.node.statistics().entries).toBe(1);
    it.clock.advance(1);
    expect(it.node.statistics().entries).toBe(0);
  });
});

describe('node_status', () => {
  function reporting(): TestNode {
    const it = new TestNode({ weight: 2, statusInterval: 100 });
    it.pubsub.listened.add('node_status');
    return it;
  }

  test('comes at once, at intervals, and on each change of state', () => {
    const it = reporting();
    it.node.setState('draining');
    it.node.setState('active');
    expect(it.reports()).toEqual([]);
    it.set('key', 'value');
    it.node.start();
    it.node.start();
    expect(it.reports()).toEqual([
      {
        topic: 'node_status',
        node: 'node-1',
        incarnation: 'incarnation-1',
        state: 'active',
        weight: 2,
        slots: 16384,
        statistics: it.node.statistics(),
      },
    ]);
    it.clock.advance(99);
    expect(it.reports()).toHaveLength(0);
    it.clock.advance(201);
    expect(it.reports()).toHaveLength(3);
    it.node.releaseSlots([1, 2, 3, 3]);
    it.node.setState('draining');
    it.node.setState('draining');
    expect(it.reports().map(({ state, slots }) => [state, slots])).toEqual([['draining', 16381]]);
  });

  test('ends with closed, and leaves no timer', () => {
    const it = reporting();
    it.node.start();
    it.set('key', 'value', { ttl: 50 });
    it.node.close();
    it.node.close();
    expect(it.node.state).toBe('closed');
    const [, last, ...more] = it.reports();
    expect(last).toMatchObject({ state: 'closed', slots: 0, statistics: { entries: 0, bytes: 0 } });
    expect(more).toEqual([]);
    expect(it.clock.pending).toBe(0);
    it.clock.advance(1000);
    expect(it.reports()).toEqual([]);
  });

  test('restart reports an empty, active member under a new incarnation', () => {
    const it = reporting();
    it.node.start();
    it.set('key', 'value');
    it.get('key');
    it.node.setState('draining');
    it.reports();
    it.node.restart();
    expect(it.node.incarnation).toBe('incarnation-2');
    const zero = { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0, expirations: 0 };
    expect(it.reports()).toMatchObject([
      { incarnation: 'incarnation-2', state: 'active', slots: 0, statistics: zero },
    ]);
    it.node.takeSlots(ALL_SLOTS, 3);
    expect(it.get('key')).toBe(MISS);
    it.clock.advance(100);
    expect(it.reports()).toHaveLength(1);
    it.node.close();
  });

  test('is not made while nobody listens', () => {
    const it = new TestNode();
    it.node.start();
    it.clock.advance(5000);
    it.node.close();
    expect(it.pubsub.published).toEqual([]);
  });
});
