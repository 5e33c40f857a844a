import { describe, expect, test } from '@jest/globals';
import { slotOf } from '@distributed-cache/consistent-hash';
import { DataNode } from './data-node.ts';
import { IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES } from './keyspace.ts';
import { MAX_TTL, type DataNodeOptions } from './data-node-options.ts';
import { ALL_SLOTS, RecordingPubSub, TestNode } from './data-node.spec-helper.ts';
import { CLOSED, MISS, MOVED, NOT_AN_INTEGER, NOT_STORED, OK, OUT_OF_RANGE, TOO_LARGE } from './status.ts';

const MIB = 1024 * 1024;
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('get, set, has, touch and delete', () => {
  test('tell an absent entry from an empty value', () => {
    const it = new TestNode();
    expect([it.get('key'), it.has('key'), it.touch('key'), it.delete('key')]).toEqual([
      MISS,
      MISS,
      MISS,
      MISS,
    ]);
    expect(it.set('key', '')).toBe(OK);
    expect([it.get('key'), it.has('key'), it.touch('key'), it.delete('key')]).toEqual(['', OK, OK, OK]);
    expect([it.get('key'), it.delete('key')]).toEqual([MISS, MISS]);
  });

  test('give back any bytes under any bytes', () => {
    const it = new TestNode();
    expect(it.set(ALL_BYTES, ALL_BYTES)).toBe(OK);
    expect(it.set('', 'empty key')).toBe(OK);
    expect(it.get(ALL_BYTES)).toBe(ALL_BYTES.toString('latin1'));
    expect(it.get('')).toBe('empty key');
  });

  test('take their key out of the middle of a buffer', () => {
    const it = new TestNode();
    const buffer = new Uint8Array(Buffer.from('..key=value..'));
    expect(it.node.set(buffer, 2, 5, buffer, 6, 11, 0, 0)).toBe(OK);
    expect(it.get('key')).toBe('value');
    expect(it.node.has(buffer, 2, 5)).toBe(OK);
    expect(it.node.delete(buffer, 2, 5)).toBe(OK);
    expect(it.get('key')).toBe(MISS);
  });

  test.each([
    ['IF_ABSENT', IF_ABSENT, OK, NOT_STORED],
    ['IF_PRESENT', IF_PRESENT, NOT_STORED, OK],
    ['both', IF_ABSENT | IF_PRESENT, NOT_STORED, NOT_STORED],
  ])('set %s', (_, flags, whenAbsent, whenPresent) => {
    const it = new TestNode();
    expect(it.set('key', 'new', { flags })).toBe(whenAbsent);
    expect(it.get('key')).toBe(whenAbsent === OK ? 'new' : MISS);
    it.set('key', 'old', { ttl: 10 });
    expect(it.set('key', 'new', { flags })).toBe(whenPresent);
    expect(it.get('key')).toBe(whenPresent === OK ? 'new' : 'old');
    it.clock.jump(10);
    expect(it.get('key')).toBe(whenPresent === OK ? 'new' : MISS);
    it.set('key', 'old', { ttl: 1 });
    it.clock.jump(1);
    expect(it.set('key', 'new', { flags })).toBe(whenAbsent);
  });
});

describe('limits', () => {
  const longest = Buffer.alloc(MAX_KEY_BYTES, 'k');
  const tooLong = Buffer.alloc(MAX_KEY_BYTES + 1, 'k');

  test('a key of 64 KiB is accepted, one more byte is not', () => {
    const it = new TestNode();
    expect(it.set(longest, 'value')).toBe(OK);
    expect(it.get(longest)).toBe('value');
    expect([
      it.set(tooLong, 'value'),
      it.get(tooLong),
      it.has(tooLong),
      it.touch(tooLong),
      it.delete(tooLong),
      it.append(tooLong, 'value'),
      it.add(tooLong, 1),
    ]).toEqual(Array(7).fill(TOO_LARGE));
    expect(it.node.statistics().entries).toBe(1);
  });

  test('a value of 8 MiB is accepted, one more byte is not, and the old value stays', () => {
    const it = new TestNode();
    expect(it.set('key', Buffer.alloc(8 * MIB, 'v'))).toBe(OK);
    expect(it.set('key', Buffer.alloc(8 * MIB + 1, 'w'))).toBe(TOO_LARGE);
    expect(it.append('key', 'w')).toBe(TOO_LARGE);
    expect(it.append('new', Buffer.alloc(8 * MIB + 1))).toBe(TOO_LARGE);
    expect(it.get('key')).toBe('v'.repeat(8 * MIB));
    expect(it.has('new')).toBe(MISS);
  });

  test('an entry over the whole budget is refused by every write, and nothing is evicted for it', () => {
    const it = new TestNode({ maxBytes: 64 * 1024 });
    it.set('key', 'old');
    it.set('other', 'o');
    const value = Buffer.alloc(64 * 1024);
    expect(it.set('key', value)).toBe(TOO_LARGE);
    expect(it.append('key', value)).toBe(TOO_LARGE);
    expect(it.append('new', value)).toBe(TOO_LARGE);
    expect([it.get('key'), it.get('other'), it.has('new')]).toEqual(['old', 'o', MISS]);
    expect(new TestNode({ maxBytes: 10 }).add('key', 1)).toBe(TOO_LARGE);
    expect(it.node.statistics().evictions).toBe(0);
  });

  test('the budget holds while entries come and go', () => {
    const it = new TestNode({ maxBytes: MIB });
    for (let i = 0; i < 5000; i++) {
      it.set(`key ${i}`, Buffer.alloc((i * 37) % 3000));
      expect(it.node.statistics().bytes).toBeLessThanOrEqual(MIB);
    }
    const { entries, evictions } = it.node.statistics();
    expect(entries).toBeGreaterThan(200);
    expect(entries + evictions).toBe(5000);
  });

  test('the least recently used goes first; get, touch and writes are uses, has is none', () => {
    const it = new TestNode({ maxEntries: 6 });
    for (const key of ['got', 'touched', 'appended', 'added', 'set', 'asked']) it.set(key, '1');
    it.get('got');
    it.touch('touched');
    it.append('appended', '1');
    it.add('added', 1);
    it.set('set', '2');
    it.has('asked');
    const survivors = (): string[] =>
      ['got', 'touched', 'appended', 'added', 'set', 'asked'].filter((key) => it.has(key) === OK);
    const order: string[][] = [];
    for (let i = 0; i < 6; i++) {
      order.push(survivors());
      it.set(`new ${i}`, '');
    }
    expect(order).toEqual([
      ['got', 'touched', 'appended', 'added', 'set', 'asked'],
      ['got', 'touched', 'appended', 'added', 'set'],
      ['touched', 'appended', 'added', 'set'],
      ['appended', 'added', 'set'],
      ['added', 'set'],
      ['set'],
    ]);
  });
});

describe('time to live', () => {
  test('is exact, fractions of a millisecond included', () => {
    const it = new TestNode();
    it.clock.jump(0.25);
    it.set('key', 'value', { ttl: 100 });
    it.clock.jump(99.75);
    expect(it.get('key')).toBe('value');
    it.clock.jump(0.25);
    expect([it.get('key'), it.has('key'), it.touch('key')]).toEqual([MISS, MISS, MISS]);
    expect(it.node.statistics()).toMatchObject({ entries: 0, expirations: 1, hits: 1, misses: 3 });
  });

  test('a set without one takes it away, KEEP_TTL keeps it', () => {
    const it = new TestNode();
    it.set('kept', '1', { ttl: 100 });
    it.set('gone', '1', { ttl: 100 });
    it.set('kept', '2', { ttl: 5, flags: KEEP_TTL });
    it.set('gone', '2');
    it.set('new', '1', { ttl: 5, flags: KEEP_TTL });
    it.clock.jump(99);
    expect([it.get('kept'), it.get('gone'), it.get('new')]).toEqual(['2', '2', MISS]);
    it.clock.jump(1);
    expect([it.get('kept'), it.get('gone')]).toEqual([MISS, '2']);
  });

  test('append and add keep it', () => {
    const it = new TestNode();
    it.set('list', 'a', { ttl: 100 });
    it.set('count', '9', { ttl: 100 });
    it.clock.jump(50);
    expect(it.append('list', 'b')).toBe(2);
    expect(it.add('count', 1)).toBe('10');
    it.clock.jump(49);
    expect([it.get('list'), it.get('count')]).toEqual(['ab', '10']);
    it.clock.jump(1);
    expect([it.get('list'), it.get('count')]).toEqual([MISS, MISS]);
  });

  test('the default one goes to every new entry that names none', () => {
    const it = new TestNode({ defaultTtl: 100 });
    it.set('set', '1');
    it.set('longer', '1', { ttl: 200 });
    it.append('append', '1');
    it.add('add', 1);
    it.clock.jump(99);
    expect(['set', 'longer', 'append', 'add'].map((key) => it.has(key))).toEqual([OK, OK, OK, OK]);
    it.clock.jump(1);
    expect(['set', 'longer', 'append', 'add'].map((key) => it.has(key))).toEqual([MISS, OK, MISS, MISS]);
  });

  test('2^48 is accepted; more, less than 0 and what is no number are a clear error', () => {
    const it = new TestNode();
    expect(it.set('key', 'value', { ttl: MAX_TTL })).toBe(OK);
    it.clock.jump(MAX_TTL - 1);
    expect(it.get('key')).toBe('value');
    it.clock.jump(1);
    expect(it.get('key')).toBe(MISS);
    for (const ttl of [MAX_TTL + 1, -1, Number.NaN, Infinity]) {
      expect(() => it.set('key', 'value', { ttl })).toThrow(
        expect.objectContaining({ name: 'DataNodeError', code: 'INVALID_ARGUMENT', argument: 'ttl' }),
      );
    }
    expect(it.has('key')).toBe(MISS);
  });
});

describe('append', () => {
  test('creates, grows and counts bytes', () => {
    const it = new TestNode();
    expect(it.append('key', 'ab')).toBe(2);
    expect(it.append('key', '')).toBe(2);
    expect(it.append('key', ALL_BYTES)).toBe(258);
    expect(it.get('key')).toBe(`ab${ALL_BYTES.toString('latin1')}`);
    let length = 258;
    for (let i = 0; i < 300; i++) length = it.append('key', 'x'.repeat(i));
    expect(length).toBe(258 + (299 * 300) / 2);
    expect(it.get('key')).toHaveLength(length);
  });
});

describe('add', () => {
  test.each<[string | undefined, number | bigint, string | number]>([
    [undefined, 5, '5'],
    [undefined, -5, '-5'],
    ['0', 0, '0'],
    ['10', -11, '-1'],
    ['99', 1, '100'],
    ['100', -1, '99'],
    ['9007199254740991', 1, '9007199254740992'],
    ['9007199254740993', -2, '9007199254740991'],
    ['9223372036854775806', 1, '9223372036854775807'],
    ['9223372036854775807', 1, OUT_OF_RANGE],
    ['-9223372036854775807', -1, '-9223372036854775808'],
    ['-9223372036854775808', -1, OUT_OF_RANGE],
    ['-1', 9223372036854775807n, '9223372036854775806'],
    [undefined, 2n ** 63n, OUT_OF_RANGE],
    ['1', 1e300, OUT_OF_RANGE],
    ['', 1, NOT_AN_INTEGER],
    ['01', 1, NOT_AN_INTEGER],
    ['-0', 1, NOT_AN_INTEGER],
    ['+1', 1, NOT_AN_INTEGER],
    ['1 ', 1, NOT_AN_INTEGER],
    ['9223372036854775808', 1, NOT_AN_INTEGER],
    ['1'.repeat(1000), 1, NOT_AN_INTEGER],
  ])('%j + %s', (before, delta, expected) => {
    const it = new TestNode();
    if (before !== undefined) it.set('key', before);
    expect(it.add('key', delta)).toBe(expected);
    expect(it.get('key')).toBe(typeof expected === 'string' ? expected : (before ?? MISS));
  });

  test('refuses a delta that is not an integer', () => {
    const it = new TestNode();
    for (const delta of [0.5, Number.NaN, Infinity]) {
      expect(() => it.add('key', delta)).toThrow(expect.objectContaining({ argument: 'delta' }));
    }
    expect(it.has('key')).toBe(MISS);
  });
});

describe('slots', () => {
  const key = Buffer.from('key');
  const slot = slotOf(key, 0, key.length);

  test('every operation on a slot of another node answers MOVED and does nothing', () => {
    const it = new TestNode();
    it.set('key', 'value');
    it.node.releaseSlots([slot, slot]);
    expect(it.node.owns(slot)).toBe(false);
    expect([
      it.get('key'),
      it.has('key'),
      it.touch('key'),
      it.set('key', 'x'),
      it.delete('key'),
      it.append('key', 'x'),
      it.add('key', 1),
    ]).toEqual(Array(7).fill(MOVED));
    expect(it.node.statistics()).toMatchObject({ entries: 1, hits: 0, misses: 0 });
    it.node.takeSlots([slot, slot], 2);
    expect(it.get('key')).toBe('value');
  });

  test('takeSlots begins a new epoch of versions, once', () => {
    const it = new TestNode();
    it.node.takeSlots([slot], 9);
    it.set('key', 'value');
    it.node.takeSlots([slot], 9);
    expect([it.node.store.slotEpoch(slot), it.node.store.slotCounter(slot)]).toEqual([9, 1]);
  });

  test.each([-1, 16384, 1.5, Number.NaN])('%d is not a slot', (wrong) => {
    const it = new TestNode();
    const error = expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'slot' });
    expect(() => it.node.takeSlots([wrong], 1)).toThrow(error);
    expect(() => it.node.releaseSlots([wrong])).toThrow(error);
    expect(it.node.owns(wrong)).toBe(false);
  });

  test.each([-1, 2 ** 32, 0.5])('%d is not an epoch', (epoch) => {
    expect(() => new TestNode().node.takeSlots([1], epoch)).toThrow(
      expect.objectContaining({ argument: 'epoch' }),
    );
  });
});

describe('counts', () => {
  test('hits, misses, evictions, expirations, entries and bytes', () => {
    const it = new TestNode({ maxEntries: 2 });
    it.set('a', '1');
    it.set('b', '1', { ttl: 5 });
    it.get('a');
    it.get('none');
    it.clock.jump(5);
    it.get('b');
    it.set('c', '1');
    it.set('d', '1');
    expect(it.node.statistics()).toEqual({
      entries: 2,
      bytes: it.node.store.bytes,
      maxBytes: 64 * MIB,
      hits: 1,
      misses: 2,
      evictions: 1,
      expirations: 1,
    });
    expect(it.node.store.bytes).toBeGreaterThan(4);
  });
});

describe('options', () => {
  test.each<[keyof DataNodeOptions, unknown]>([
    ['id', ''],
    ['weight', 0],
    ['weight', Infinity],
    ['maxBytes', 0],
    ['maxBytes', 1.5],
    ['maxEntries', 0],
    ['maxValueBytes', -1],
    ['defaultTtl', -1],
    ['defaultTtl', MAX_TTL + 1],
    ['statusInterval', 0],
    ['statusInterval', Number.NaN],
  ])('%s: %p is refused', (option, value) => {
    expect(() => new TestNode({ [option]: value })).toThrow(
      expect.objectContaining({ name: 'DataNodeError', code: 'INVALID_ARGUMENT', argument: option }),
    );
  });

  test('have defaults', () => {
    const node = new DataNode({
      id: 'n',
      pubsub: new RecordingPubSub(),
      maxBytes: MIB,
      weight: undefined as never,
    });
    expect([node.weight, node.state, node.owns(0)]).toEqual([1, 'active', false]);
    expect(node.incarnation).toMatch(/^[0-9a-f-]{36}$/);
    expect(new DataNode({ id: 'n', pubsub: new RecordingPubSub(), maxBytes: MIB }).incarnation).not.toBe(
      node.incarnation,
    );
    node.close();
  });
});

describe('after close', () => {
  test('every operation answers CLOSED, and slots are of no use', () => {
    const it = new TestNode();
    it.set('key', 'value');
    it.node.close();
    it.node.close();
    it.node.takeSlots(ALL_SLOTS, 9);
    expect([
      it.get('key'),
      it.has('key'),
      it.touch('key'),
      it.set('key', 'x'),
      it.delete('key'),
      it.append('key', 'x'),
      it.add('key', 1),
      it.get(Buffer.alloc(MAX_KEY_BYTES + 1)),
    ]).toEqual(Array(8).fill(CLOSED));
    expect(it.node.take(Buffer.from('key'), 0, 3)).toBeUndefined();
    expect(it.node.takeSome(new Uint8Array(16384).fill(1), 10)).toEqual([]);
    const statistics = it.node.statistics();
    expect([statistics.entries, statistics.bytes]).toEqual([0, 0]);
    expect(it.clock.pending).toBe(0);
    const error = expect.objectContaining({ name: 'DataNodeError', code: 'CLOSED' });
    expect(() => it.node.start()).toThrow(error);
    expect(() => it.node.restart()).toThrow(error);
    expect(() => it.node.setState('draining')).toThrow(error);
  });
});
