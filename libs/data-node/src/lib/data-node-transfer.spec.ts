import { describe, expect, test } from '@jest/globals';
import { slotOf } from '@distributed-cache/consistent-hash';
import { ALL_SLOTS, TestNode } from './data-node.spec-helper.ts';
import { CLOSED, MISS, MOVED, NOT_STORED, OK, TOO_LARGE } from './status.ts';
import { marked } from '@distributed-cache/store/contract';
import type { TransferredEntry } from './transfer.ts';

const slotOfText = (key: string): number => slotOf(Buffer.from(key), 0, key.length);

const take = (from: TestNode, key: string): TransferredEntry | undefined =>
  from.node.take(Buffer.from(key), 0, key.length);

describe('an entry that moves', () => {
  test('keeps value, version and what is left of its time, and leaves nothing behind', () => {
    const from = new TestNode();
    const to = new TestNode();
    from.set('key', 'old');
    from.set('key', 'value', { ttl: 100 });
    from.clock.jump(30);
    from.node.releaseSlots(ALL_SLOTS);
    const entry = take(from, 'key')!;
    expect(entry).toEqual({
      key: Buffer.from('key'),
      value: Buffer.from('value'),
      slot: slotOfText('key'),
      ttl: 70,
      epoch: 1,
      counter: 2,
    });
    expect(take(from, 'key')).toBeUndefined();
    expect(from.node.statistics()).toMatchObject({
      entries: 0,
      bytes: 0,
      hits: 0,
      evictions: 0,
      expirations: 0,
    });

    to.node.takeSlots(ALL_SLOTS, 2);
    to.node.start();
    expect(to.node.receive(entry)).toBe(OK);
    const found = to.node.store.find(entry.key, 0, 3, 0);
    expect([to.node.store.versionEpoch(found), to.node.store.versionCounter(found)]).toEqual([1, 2]);
    expect(to.get('key')).toBe('value');
    to.clock.advance(69.9);
    expect(to.node.statistics().entries).toBe(1);
    to.clock.advance(0.1);
    expect(to.node.statistics()).toMatchObject({ entries: 0, expirations: 1 });
  });

  test('without a time to live has none afterwards, whatever the default', () => {
    const from = new TestNode();
    const to = new TestNode({ defaultTtl: 10 });
    from.set('key', 'value');
    expect(to.node.receive(take(from, 'key')!)).toBe(OK);
    to.clock.jump(1e9);
    expect(to.get('key')).toBe('value');
  });

  test('gives way to the same or a newer version, and replaces an older one', () => {
    const it = new TestNode();
    it.node.takeSlots(ALL_SLOTS, 5);
    it.set('key', 'here');
    const version = { key: Buffer.from('key'), value: Buffer.from('there'), slot: slotOfText('key'), ttl: 0 };
    expect(it.node.receive({ ...version, epoch: 4, counter: 1000 })).toBe(NOT_STORED);
    expect(it.node.receive({ ...version, epoch: 5, counter: 1 })).toBe(NOT_STORED);
    expect(it.get('key')).toBe('here');
    expect(it.node.receive({ ...version, epoch: 5, counter: 2 })).toBe(OK);
    expect(it.get('key')).toBe('there');
    it.set('key', 'again');
    expect(it.node.receive({ ...version, epoch: 5, counter: 2 })).toBe(NOT_STORED);
    expect(it.get('key')).toBe('again');
  });

  test('is not stored when its time ran out on the way, does not fit, or its slot has moved on', () => {
    const it = new TestNode({ maxBytes: 64 * 1024 });
    const entry = {
      key: Buffer.from('key'),
      value: Buffer.from('v'),
      slot: slotOfText('key'),
      ttl: 0,
      epoch: 1,
      counter: 1,
    };
    expect(it.node.receive({ ...entry, ttl: -0.5 })).toBe(NOT_STORED);
    expect(it.node.receive({ ...entry, value: Buffer.alloc(64 * 1024) })).toBe(TOO_LARGE);
    it.node.releaseSlots([entry.slot]);
    expect(it.node.receive(entry)).toBe(MOVED);
    expect(it.node.statistics().entries).toBe(0);
    it.node.close();
    expect(it.node.receive(entry)).toBe(CLOSED);
  });

  test('is not taken once it has expired', () => {
    const it = new TestNode();
    it.set('key', 'value', { ttl: 10 });
    it.clock.jump(10);
    expect(take(it, 'key')).toBeUndefined();
    it.set('key', 'value', { ttl: 10 });
    it.clock.jump(10);
    expect(it.node.takeSome(marked(ALL_SLOTS), 10)).toEqual([]);
    expect(it.node.statistics()).toMatchObject({ entries: 0, expirations: 2 });
  });
});

describe('takeSome', () => {
  test('empties the marked slots in pieces, while others are written', () => {
    const from = new TestNode();
    const to = new TestNode();
    const keys = Array.from({ length: 2000 }, (_, i) => `key ${i}`);
    for (const key of keys) from.set(key, `value of ${key}`);
    const leaving = ALL_SLOTS.filter((slot) => slot % 3 === 0);
    from.node.releaseSlots(leaving);
    to.node.releaseSlots(ALL_SLOTS);
    to.node.takeSlots(leaving, 2);
    let pieces = 0;
    for (;;) {
      const piece = from.node.takeSome(marked(leaving), 64);
      if (piece.length === 0) break;
      expect(piece.length).toBeLessThanOrEqual(64);
      expect(piece.every((entry) => to.node.receive(entry) === OK)).toBe(true);
      pieces++;
      for (let i = 0; i < 50; i++) from.set(`new ${pieces} ${i}`, 'x');
    }
    expect(pieces).toBeGreaterThan(10);
    const found = keys.map((key) => [from.get(key), to.get(key)]);
    const expected = keys.map((key) =>
      slotOfText(key) % 3 === 0 ? [MOVED, `value of ${key}`] : [`value of ${key}`, MOVED],
    );
    expect(found).toEqual(expected);
    expect(leaving.every((slot) => from.node.store.entriesInSlot(slot) === 0)).toBe(true);
  });

  test('starts over for other slots', () => {
    const it = new TestNode();
    for (let i = 0; i < 100; i++) it.set(`key ${i}`, 'v');
    const [low, high] = [ALL_SLOTS.slice(0, 8192), ALL_SLOTS.slice(8192)];
    const some = it.node.takeSome(marked(high), 5).length;
    const rest = it.node.takeSome(marked(low), 1000).length + it.node.takeSome(marked(high), 1000).length;
    expect([some, some + rest, it.node.statistics().entries]).toEqual([5, 100, 0]);
  });
});

describe('clear', () => {
  test('drops the marked slots only', () => {
    const it = new TestNode();
    it.set('a', '1');
    it.set('b', '1');
    it.node.clear(marked([slotOfText('a')]));
    expect([it.get('a'), it.get('b')]).toEqual([MISS, '1']);
  });
});
