import { expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { readKey, readValue } from '../entry-bytes.ts';
import { EVICTED, NONE, TOO_LARGE, type Store } from '../store.ts';
import { find, KIB, MIB, put } from './calls.ts';
import { bytes, marked, type CreateStore } from './model.ts';

export function describeLeastRecentlyUsed(create: CreateStore): void {
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

export function describeBudget(create: CreateStore): void {
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
    store.remove(find(store, 'key 1999'));
    expect(store.bytes).toBe(empty);
  });
}

export function describeCosts(create: CreateStore): void {
  test('an entry costs more with a longer key, a longer value and a time, and nothing once it is gone', () => {
    const store = create({ maxBytes: 16 * MIB });
    const cost = (length: number, expiresAt = 0): number =>
      store.bytesOf(put(store, 'key', bytes(length), { expiresAt }));
    const lengths = [0, 100, 10 * KIB, MIB];
    const costs = lengths.map((length) => cost(length));
    costs.forEach((each, i) => {
      expect(each).toBeGreaterThan(must(lengths[i]));
      expect(each).toBeLessThan(must(lengths[i]) * 1.1 + 128);
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
