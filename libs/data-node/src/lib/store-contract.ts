import { describe, expect, test } from '@jest/globals';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { readKey, readValue } from './read.ts';
import {
  EVICTED,
  EXPIRED,
  MAX_PREPARED,
  NONE,
  TOO_LARGE,
  type EvictionPolicyName,
  type Store,
} from './store.ts';
import { describeAgainstModel } from './store-contract-model.ts';
import { marked, bytes, type CreateStore } from './store-model.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function put(
  store: Store,
  key: Buffer | string,
  value: Buffer | string,
  options: { slot?: number; expiresAt?: number; now?: number } = {},
): number {
  const k = Buffer.from(key as string);
  const v = Buffer.from(value as string);
  const { slot = 0, expiresAt = 0, now = 0 } = options;
  return store.put(k, 0, k.length, slot, v, 0, v.length, expiresAt, now);
}

function find(store: Store, key: Buffer | string, now = 0, slot = 0): number {
  const k = Buffer.from(key as string);
  return store.find(k, 0, k.length, slot, now);
}

function scanAll(store: Store, slot: number, visit: (entry: number) => void): void {
  let cursor = 0;
  let calls = 0;
  do cursor = store.scan(marked([slot]), cursor, 10, visit);
  while (cursor !== 0 && ++calls < 100_000);
  expect(cursor).toBe(0);
}

/**
 * What every {@link Store} must do, whatever it is made of. A store's own spec calls this once:
 *
 *     describeStoreContract('OffHeapStore', (options) => new OffHeapStore(options));
 *
 * How many bytes an entry costs is each store's own affair; the suite holds it to its budget and to not wasting it.
 * Which entries are evicted is checked for `lru` only, which leaves no choice. Set `TEST_SEED` to repeat a run.
 */
export function describeStoreContract(
  name: string,
  createStore: CreateStore,
  evictionPolicy: EvictionPolicyName = 'lru',
): void {
  const seed = testSeed();
  const create: CreateStore = (options) => createStore({ ...options, evictionPolicy });

  describe(`${name} is a Store`, () => {
    describeAgainstModel(create, seed, evictionPolicy);
    describeBytes(create);
    describeBudget(create);
    describeCosts(create);
    if (evictionPolicy === 'lru') describeLeastRecentlyUsed(create);
    describeExpiry(create);
    describeVersions(create);
    describeIteration(create);
    describePreparation(create, seed);
  });
}

function describeBytes(create: CreateStore): void {
  test('is empty at first', () => {
    const store = create({ maxBytes: MIB });
    expect(store.entries).toBe(0);
    expect(store.maxBytes).toBe(MIB);
    expect(find(store, 'absent')).toBe(NONE);
    expect(store.sample(0.5)).toBe(NONE);
    expect(store.nextExpiry()).toBe(Infinity);
    expect(store.expire(1e15, 10)).toBe(0);
    expect(store.entriesInSlot(0)).toBe(0);
  });

  test('tells keys of any bytes apart, the empty one included', () => {
    const store = create({ maxBytes: 4 * MIB });
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const keys = [Buffer.alloc(0), every, Buffer.from(every).reverse()];
    for (let byte = 0; byte < 256; byte++) keys.push(Buffer.of(byte), Buffer.of(byte, 0), Buffer.of(0, byte));
    const distinct = new Map(keys.map((key) => [key.toString('hex'), key]));
    for (const [hex, key] of distinct) put(store, key, hex);
    expect(store.entries).toBe(distinct.size);
    for (const [hex, key] of distinct) {
      const entry = find(store, key);
      expect(readKey(store, entry).equals(key)).toBe(true);
      expect(readValue(store, entry).toString()).toBe(hex);
    }
  });

  test('tells keys of 64 KiB apart that differ in one byte', () => {
    const store = create({ maxBytes: 16 * MIB });
    for (let i = 0; i < 50; i++) {
      const key = Buffer.from(bytes(64 * KIB));
      key[i * 1000] = key[i * 1000]! ^ 1;
      put(store, key, String(i));
    }
    for (let i = 0; i < 50; i++) {
      const key = Buffer.from(bytes(64 * KIB));
      key[i * 1000] = key[i * 1000]! ^ 1;
      expect(readValue(store, find(store, key)).toString()).toBe(String(i));
    }
    expect(find(store, bytes(64 * KIB))).toBe(NONE);
  });

  test.each([0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 65536, MIB, 8 * MIB])(
    'keeps a value of %i bytes',
    (length) => {
      const store = create({ maxBytes: 64 * MIB });
      put(store, 'before', 'x');
      const entry = put(store, 'key', bytes(length, 5));
      put(store, 'after', 'y');
      expect(readValue(store, entry).equals(bytes(length, 5))).toBe(true);
      const part = Buffer.alloc(length + 2, 0xaa);
      const [from, to] = [length >> 2, length - (length >> 2)];
      store.copyValue(entry, part, 1, from, to);
      expect(part.subarray(1, 1 + to - from).equals(bytes(length, 5).subarray(from, to))).toBe(true);
      expect([part[0], part[1 + to - from]]).toEqual([0xaa, 0xaa]);
    },
  );

  test('takes keys and values out of the middle of plain Uint8Arrays, and keeps none of them', () => {
    const store = create({ maxBytes: MIB });
    const buffer = new Uint8Array(Buffer.from('..key..value..'));
    const entry = store.put(buffer, 2, 5, 3, buffer, 7, 12, 0, 0);
    buffer.fill(0);
    expect(find(store, 'key', 0, 3)).toBe(entry);
    expect(readKey(store, entry).toString()).toBe('key');
    expect(readValue(store, entry).toString()).toBe('value');
    store.update(entry, 5, new Uint8Array(Buffer.from('<!>')), 1, 2, 0);
    expect(readValue(store, entry).toString()).toBe('value!');
  });

  test('fills the gap of an update with zero bytes, never with what was there before', () => {
    const store = create({ maxBytes: MIB });
    for (let length = 1; length <= 64; length++) put(store, `old ${length}`, Buffer.alloc(length, 0xff));
    for (let length = 1; length <= 64; length++) store.remove(find(store, `old ${length}`));
    const entry = put(store, 'key', 'ab');
    store.update(entry, 30, Buffer.from('z'), 0, 1, 0);
    expect(readValue(store, entry).equals(Buffer.from(`ab${'\0'.repeat(28)}z`))).toBe(true);
    store.update(entry, 1, Buffer.from('--'), 0, 2, 0);
    expect(readValue(store, entry).subarray(0, 4).toString()).toBe('a--\0');
  });

  test('keeps its entries apart while many come and go', () => {
    const store = create({ maxBytes: 64 * MIB, maxEntries: 3000 });
    for (let i = 0; i < 20_000; i++) put(store, `key ${i}`, `value ${i}`, { slot: i % 16384 });
    expect(store.entries).toBe(3000);
    let found = 0;
    for (let i = 0; i < 20_000; i++) {
      const entry = find(store, `key ${i}`, 0, i % 16384);
      if (entry === NONE) continue;
      found++;
      expect(readValue(store, entry).toString()).toBe(`value ${i}`);
    }
    expect(found).toBe(3000);
  });
}

function describeLeastRecentlyUsed(create: CreateStore): void {
  test('evicts the least recently used, which every write and touch but no find renews', () => {
    const evicted: string[] = [];
    const store: Store = create({
      maxBytes: MIB,
      maxEntries: 5,
      onRemove: (entry, cause) => evicted.push(`${readKey(store, entry).toString()} ${cause}`),
    });
    for (const key of ['a', 'b', 'c', 'd', 'e']) put(store, key, key);
    put(store, 'a', 'again');
    store.update(find(store, 'b'), 0, Buffer.from('B'), 0, 1, 0);
    store.setExpiry(find(store, 'c'), 1000);
    store.touch(find(store, 'd'));
    find(store, 'e');
    for (const key of ['1', '2', '3', '4', '5']) put(store, key, key);
    expect(evicted).toEqual(['e', 'a', 'b', 'c', 'd'].map((key) => `${key} ${EVICTED}`));
  });
}

function describeBudget(create: CreateStore): void {
  test('refuses an entry larger than the whole budget, and changes nothing', () => {
    const removed: number[] = [];
    const store = create({ maxBytes: MIB, onRemove: (_, cause) => removed.push(cause) });
    put(store, 'other', 'o');
    const entry = put(store, 'key', 'v', { expiresAt: 50 });
    const facts = (): unknown[] => [
      store.entries,
      store.bytes,
      store.slotEpoch(0),
      store.slotCounter(0),
      store.versionCounter(entry),
      store.expiresAt(entry),
      readValue(store, entry).toString(),
    ];
    const before = facts();
    expect(put(store, 'new', bytes(MIB))).toBe(TOO_LARGE);
    expect(put(store, 'key', bytes(2 * MIB))).toBe(TOO_LARGE);
    expect(store.update(entry, 1, bytes(MIB), 0, MIB, 0)).toBe(TOO_LARGE);
    expect(facts()).toEqual(before);
    expect(removed).toEqual([]);
    expect(find(store, 'new')).toBe(NONE);
  });

  test.each(['put', 'update'] as const)(
    'makes room for a larger value (%s), but not at its own cost',
    (write) => {
      const store = create({ maxBytes: MIB });
      const entry = put(store, 'growing', 'x');
      for (let i = 0; i < 20; i++) put(store, `other ${i}`, bytes(40 * KIB));
      const size = 600 * KIB;
      if (write === 'put') expect(put(store, 'growing', bytes(size))).toBe(entry);
      else expect(store.update(entry, 0, bytes(size), 0, size, 0)).toBe(entry);
      expect(readValue(store, find(store, 'growing')).equals(bytes(size))).toBe(true);
      expect(store.entries).toBeGreaterThan(5);
      expect(store.entries).toBeLessThan(20);
      expect(store.bytes).toBeLessThanOrEqual(MIB);
    },
  );

  test('uses its budget: values of 1 KiB fill at least half of it', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 20_000; i++) put(store, `key ${i}`, bytes(KIB, i % 256));
    expect(store.bytes).toBeLessThanOrEqual(8 * MIB);
    expect(store.entries * KIB).toBeGreaterThan(4 * MIB);
  });

  test('gives all bytes back', () => {
    const store = create({ maxBytes: 8 * MIB });
    const empty = store.bytes;
    for (let i = 0; i < 2000; i++) put(store, `key ${i}`, bytes(i), { slot: i, expiresAt: i < 1000 ? 5 : 0 });
    expect(store.expire(5, Infinity)).toBe(1000);
    store.clear(marked(Array.from({ length: 1999 }, (_, slot) => slot)));
    expect(store.entries).toBe(1);
    store.remove(find(store, 'key 1999', 0, 1999));
    expect(store.bytes).toBe(empty);
  });
}

function describeCosts(create: CreateStore): void {
  test('an entry costs more with a longer key, a longer value and a time, and nothing once it is gone', () => {
    const store = create({ maxBytes: 16 * MIB });
    const cost = (length: number, expiresAt = 0): number =>
      store.bytesOf(put(store, 'key', bytes(length), { expiresAt }));
    const lengths = [0, 100, 10 * KIB, MIB];
    const costs = lengths.map((length) => cost(length));
    costs.forEach((each, i) => {
      expect(each).toBeGreaterThan(lengths[i]!);
      expect(each).toBeLessThan(lengths[i]! * 1.1 + 128);
    });
    expect(cost(100, 1)).toBeGreaterThan(cost(100));
    expect(store.bytesOf(put(store, bytes(KIB), bytes(100)))).toBeGreaterThan(cost(100) + KIB - 64);
    expect(store.bytesOf(find(store, 'key')) + store.bytesOf(find(store, bytes(KIB)))).toBeLessThanOrEqual(
      store.bytes,
    );
  });

  test('counts the entries that expire, and tells their mean time', () => {
    const store = create({ maxBytes: 8 * MIB });
    expect([store.expiring, store.meanExpiry()]).toEqual([0, 0]);
    put(store, 'forever', 'v');
    for (let i = 1; i <= 9; i++) put(store, `key ${i}`, 'v', { expiresAt: 2 ** 48 + i });
    expect([store.expiring, store.meanExpiry()]).toEqual([9, 2 ** 48 + 5]);
    store.setExpiry(find(store, 'key 9'), 0);
    store.remove(find(store, 'key 8'));
    expect([store.expiring, store.meanExpiry()]).toEqual([7, 2 ** 48 + 4]);
    store.clear(marked([0]));
    expect([store.expiring, store.meanExpiry()]).toEqual([0, 0]);
  });
}

function describeExpiry(create: CreateStore): void {
  test('an entry expires at its time, not before', () => {
    const removed: number[] = [];
    const store = create({ maxBytes: MIB, onRemove: (_, cause) => removed.push(cause) });
    put(store, 'key', 'v', { expiresAt: 100.5, now: 0 });
    expect(store.nextExpiry()).toBe(100.5);
    expect(find(store, 'key', 100.4)).not.toBe(NONE);
    expect(store.expire(100.4, 10)).toBe(0);
    expect(find(store, 'key', 100.5)).toBe(NONE);
    expect(removed).toEqual([EXPIRED]);
    expect(store.nextExpiry()).toBe(Infinity);
  });

  test('times up to 2^48 keep their order and their precision', () => {
    const store = create({ maxBytes: MIB });
    const far = 2 ** 48;
    put(store, 'far', 'v', { expiresAt: far });
    put(store, 'nearer', 'v', { expiresAt: far - 1 });
    expect(store.expire(far - 1, 10)).toBe(1);
    expect(store.nextExpiry()).toBe(far);
    expect(find(store, 'far', far - 1)).not.toBe(NONE);
  });

  test('what expires first goes first, without being read, and no more than asked for', () => {
    const order: number[] = [];
    const store: Store = create({
      maxBytes: 8 * MIB,
      onRemove: (entry) => order.push(store.expiresAt(entry)),
    });
    for (let i = 0; i < 2000; i++) put(store, `key ${i}`, 'v', { expiresAt: 1 + ((i * 7919) % 2003) });
    expect(store.expire(1500, 700)).toBe(700);
    expect(store.expire(1500, Infinity)).toBe(order.length - 700);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(store.nextExpiry()).toBeGreaterThan(1500);
    expect(store.entries).toBe(2000 - order.length);
  });

  test('a time that was changed or taken away leaves nothing behind', () => {
    const store = create({ maxBytes: MIB });
    for (let i = 0; i < 10_000; i++) put(store, 'key', 'v', { expiresAt: 10_000 - i });
    put(store, 'kept', 'v', { expiresAt: 5 });
    store.setExpiry(find(store, 'kept'), 0);
    put(store, 'removed', 'v', { expiresAt: 5 });
    store.remove(find(store, 'removed'));
    expect(store.nextExpiry()).toBe(1);
    expect(store.expire(1e9, Infinity)).toBe(1);
    expect(find(store, 'kept', 1e9)).not.toBe(NONE);
  });

  test('what has expired makes room before anything is evicted', () => {
    const causes: string[] = [];
    const store: Store = create({
      maxBytes: MIB,
      maxEntries: 3,
      onRemove: (entry, cause) => causes.push(`${readKey(store, entry).toString()} ${cause}`),
    });
    put(store, 'oldest', 'v');
    put(store, 'second', 'v');
    put(store, 'expired', 'v', { expiresAt: 10 });
    put(store, 'new', 'v', { now: 10 });
    put(store, 'newer', 'v', { now: 10 });
    expect(causes).toEqual([`expired ${EXPIRED}`, expect.stringMatching(`^(oldest|second|new) ${EVICTED}$`)]);
  });
}

function describeVersions(create: CreateStore): void {
  const version = (store: Store, slot: number): [number, number] => [
    store.slotEpoch(slot),
    store.slotCounter(slot),
  ];

  test('versions outlive their entries', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(9, 4);
    expect(version(store, 9)).toEqual([4, 0]);
    const entry = put(store, 'key', '1', { slot: 9 });
    expect([store.versionEpoch(entry), store.versionCounter(entry)]).toEqual([4, 1]);
    store.remove(entry);
    store.advanceVersion(9);
    const again = put(store, 'key', '2', { slot: 9 });
    expect([store.versionEpoch(again), store.versionCounter(again)]).toEqual([4, 4]);
    store.clear(marked([9]));
    expect(version(store, 9)).toEqual([4, 5]);
    expect(version(store, 8)).toEqual([0, 0]);
  });

  test('an epoch that is not above the current one changes nothing', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(1, 7);
    put(store, 'key', 'v', { slot: 1 });
    store.beginEpoch(1, 7);
    store.beginEpoch(1, 3);
    expect(version(store, 1)).toEqual([7, 1]);
    store.beginEpoch(1, 2 ** 32 - 1);
    expect(version(store, 1)).toEqual([2 ** 32 - 1, 0]);
  });

  test('a version from elsewhere stays with its entry, and the slot goes on from it', () => {
    const store = create({ maxBytes: MIB });
    store.beginEpoch(1, 2);
    const older = put(store, 'older', 'v', { slot: 1 });
    store.setVersion(older, 1, 999);
    expect([store.versionEpoch(older), store.versionCounter(older)]).toEqual([1, 999]);
    expect(version(store, 1)).toEqual([2, 1]);
    const newer = put(store, 'newer', 'v', { slot: 1 });
    store.setVersion(newer, 2, 50);
    expect(version(store, 1)).toEqual([2, 50]);
  });

  test('a full counter carries into the epoch', () => {
    const store = create({ maxBytes: MIB });
    const entry = put(store, 'key', 'v', { slot: 1 });
    store.setVersion(entry, 5, 2 ** 32 - 1);
    put(store, 'key', 'w', { slot: 1 });
    expect([store.versionEpoch(entry), store.versionCounter(entry)]).toEqual([6, 0]);
    expect(version(store, 1)).toEqual([6, 0]);
  });
}

function describeIteration(create: CreateStore): void {
  test('a scan meets what is there throughout, while the store grows and shrinks under it', () => {
    const store = create({ maxBytes: 64 * MIB });
    for (let i = 0; i < 500; i++) put(store, `key ${i}`, 'v', { slot: i % 5 });
    const seen = new Set<string>();
    let cursor = 0;
    let calls = 0;
    do {
      cursor = store.scan(marked([1, 3]), cursor, 7, (entry) => seen.add(readKey(store, entry).toString()));
      for (let i = 0; i < 20 && calls < 300; i++) put(store, `new ${calls} ${i}`, 'v', { slot: i % 5 });
      const gone = find(store, `key ${calls % 100}`, 0, calls % 5);
      if (gone !== NONE) store.remove(gone);
      calls++;
    } while (cursor !== 0 && calls < 100_000);
    expect(cursor).toBe(0);
    for (let i = 100; i < 500; i++) expect(seen.has(`key ${i}`)).toBe(i % 5 === 1 || i % 5 === 3);
  });

  test('a scan may remove what it visits', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 1000; i++) put(store, `key ${i}`, 'v', { slot: i % 10 });
    scanAll(store, 2, (entry) => store.remove(entry));
    expect(store.entriesInSlot(2)).toBe(0);
    expect(store.entries).toBe(900);
  });

  test('a scan of nothing ends', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 5000; i++) put(store, `key ${i}`, 'v', { slot: 1 });
    let visited = 0;
    scanAll(store, 2, () => visited++);
    expect(visited).toBe(0);
  });

  test('a sample is a fair choice, also after most entries went', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 1000; i++) put(store, `key ${i}`, 'v', { slot: i % 100 });
    store.clear(marked(Array.from({ length: 99 }, (_, slot) => slot)));
    expect(store.entries).toBe(10);
    const chosen = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const entry = store.sample(i / 10_000);
      chosen.set(entry, (chosen.get(entry) ?? 0) + 1);
    }
    expect(chosen.size).toBe(10);
    for (const times of chosen.values()) expect(Math.abs(times - 1000)).toBeLessThan(300);
  });

  test('clear empties the marked slots only', () => {
    const removed: number[] = [];
    const store = create({ maxBytes: MIB, onRemove: (_, cause) => removed.push(cause) });
    for (let i = 0; i < 300; i++) put(store, `key ${i}`, `value ${i}`, { slot: i % 3, expiresAt: 1 + i });
    store.clear(marked([0, 2]));
    expect([0, 1, 2].map((slot) => store.entriesInSlot(slot))).toEqual([0, 100, 0]);
    expect(store.nextExpiry()).toBe(2);
    expect(readValue(store, find(store, 'key 100', 0, 1)).toString()).toBe('value 100');
    expect(find(store, 'key 0')).toBe(NONE);
    store.clear(marked([0, 1, 2]));
    expect(store.entries).toBe(0);
    expect(store.nextExpiry()).toBe(Infinity);
    expect(put(store, 'key 0', 'new')).toBeGreaterThanOrEqual(0);
    expect(readValue(store, find(store, 'key 0')).toString()).toBe('new');
    expect(removed).toEqual([]);
  });
}

function describePreparation(create: CreateStore, seed: number): void {
  /** Some 30 keys, each in a place of its own, so that any sequence of them is a range of starts and ends. */
  const keys = Array.from({ length: 30 }, (_, i) => bytes(i % 3 === 0 ? 2 : 2 + i * 3, i));

  /** One event: keys in a buffer that is used again for the next, and what is done with each. */
  function event(random: SeededRandom): {
    buffer: Buffer;
    starts: Int32Array;
    ends: Int32Array;
    deeds: number[];
  } {
    const chosen = Array.from({ length: 1 + random.integer(MAX_PREPARED) }, () => random.pick(keys));
    const starts = new Int32Array(chosen.length);
    const ends = new Int32Array(chosen.length);
    let at = 0;
    chosen.forEach((key, i) => {
      starts[i] = at + random.integer(3);
      ends[i] = at = starts[i]! + key.length;
    });
    const buffer = Buffer.alloc(at);
    chosen.forEach((key, i) => key.copy(buffer, starts[i]));
    return { buffer, starts, ends, deeds: chosen.map(() => random.integer(12)) };
  }

  test('a prepared lookup answers as any other, whatever happens before it', () => {
    const random = new SeededRandom(seed);
    const options = { maxBytes: MIB, maxEntries: 20 };
    const prepared = create(options);
    const plain = create(options);
    const network = Buffer.alloc(8 * KIB);
    let found = 0;
    for (let now = 1; now < 500; now++) {
      const { buffer, starts, ends, deeds } = event(random);
      buffer.copy(network);
      prepared.prepare(network, starts, ends, starts.length);
      deeds.forEach((deed, i) => {
        // Some commands look no key up, and some look it up twice.
        if (deed === 0) return;
        const answers = [prepared, plain].map((store) => {
          const source = store === prepared ? network : buffer;
          const range = [source, starts[i]!, ends[i]!] as const;
          const entry = store.find(...range, 0, now);
          if (deed < 5) {
            const expiresAt = deed === 4 ? now + 5 : 0;
            const end = starts[i]! + (deed % 3);
            return readValue(store, store.put(...range, 0, source, starts[i]!, end, expiresAt, now));
          }
          if (deed === 5 && entry !== NONE) store.remove(entry);
          if (deed === 6 && i % 20 === 0) store.clear(marked([0]));
          if (entry === NONE || deed < 7) return undefined;
          store.touch(entry);
          found++;
          return [readKey(store, entry), readValue(store, entry), store.expiresAt(entry)];
        });
        expect(answers[0]).toEqual(answers[1]);
        expect(prepared.entries).toBe(plain.entries);
      });
      prepared.endPreparation();
    }
    expect(found).toBeGreaterThan(500);
  });

  test('ends when it is told so: the bytes may then be others', () => {
    const store = create({ maxBytes: MIB });
    put(store, 'a', '1');
    put(store, 'b', '2');
    const network = Buffer.from('a');
    store.prepare(network, Int32Array.of(0), Int32Array.of(1), 1);
    store.endPreparation();
    network.write('b');
    expect(readValue(store, store.find(network, 0, 1, 0, 0)).toString()).toBe('2');
  });
}
