import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { describeStoreContract } from '../contract/store-contract.ts';
import { readKey, readValue } from '../entry-bytes.ts';
import { marked } from '../contract/model.ts';
import {
  EVICTED,
  EVICTION_POLICIES,
  NONE,
  TOO_LARGE,
  type RemovalCause,
  type StoreOptions,
} from '../store.ts';
import { KeyedHash } from './keyed-hash.ts';
import { OffHeapStore } from './off-heap-store.ts';

const MIB = 2 ** 20;
const ALL_SLOTS = new Uint8Array(16384).fill(1);
const bytes = Buffer.alloc(21 * MIB, 'The quick brown fox jumps over the lazy dog. ');

function put(store: OffHeapStore, name: string, length: number, expiresAt = 0, now = 0): number {
  const key = Buffer.from(name);
  return store.put(key, 0, key.length, key.length, bytes, 0, length, expiresAt, now);
}

function find(store: OffHeapStore, name: string, now = 0): number {
  const key = Buffer.from(name);
  return store.find(key, 0, key.length, now);
}

function names(store: OffHeapStore): Set<string> {
  const found = new Set<string>();
  let cursor = 0;
  do cursor = store.scan(ALL_SLOTS, cursor, 1000, (entry) => found.add(readKey(store, entry).toString()));
  while (cursor !== 0);
  return found;
}

/** A generator of repeatable numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// One for all: the adaptive policy goes by hashes, and two stores to which the same is done must evict the same.
const contractHash = new KeyedHash();
const createForContract = (options: StoreOptions): OffHeapStore => new OffHeapStore(options, contractHash);

describeStoreContract('OffHeapStore, lru', createForContract);
describeStoreContract('OffHeapStore, adaptive', createForContract, 'adaptive');

describe('OffHeapStore, lru', () => {
  test.each([[3], [100], [5000], [200_000]])(
    'entries of %i bytes account for nine tenths of what is in use, whether they have a time or not',
    (length) => {
      const store = new OffHeapStore({ maxBytes: 64 * MIB });
      for (let i = 0; store.bytes < 8 * MIB; i++) put(store, `key ${i}`, length, i % 2 === 0 ? 0 : 1e9);
      let taken = 0;
      store.scan(ALL_SLOTS, 0, Infinity, (entry) => (taken += store.bytesOf(entry)));
      expect(taken).toBeLessThanOrEqual(store.bytes);
      expect(taken).toBeGreaterThan(store.bytes * 0.9);
    },
  );

  test('evicts in exactly the order of use at a full byte budget, whatever the sizes', () => {
    const model: string[] = [];
    let expected = 0;
    const store: OffHeapStore = new OffHeapStore({
      maxBytes: MIB,
      onRemove: (entry: number, cause: RemovalCause) => {
        const name = readKey(store, entry).toString();
        if (cause !== EVICTED || model.shift() !== name) expect(name).toBe('the least recently used');
        expected++;
      },
    });
    const random = randomFrom(1);
    const sizes = [1, 3, 100, 100, 100, 500, 3000, 20_000];
    for (let i = 0; i < 20_000; i++) {
      const name = `key ${Math.floor(random() * 3000)}`;
      const at = model.indexOf(name);
      if (at >= 0) model.splice(at, 1);
      if (random() < 0.5) {
        // The entry being written is not in the model, so evicting it fails the test.
        put(store, name, must(sizes[Math.floor(random() * sizes.length)]));
        model.push(name);
      } else if (at >= 0) {
        store.touch(find(store, name));
        model.push(name);
      }
      if (store.bytes > MIB) expect(store.bytes).toBe('within the budget');
    }
    expect(expected).toBeGreaterThan(2000);
    expect(names(store)).toEqual(new Set(model));
  });
});

/** Bytes in ArrayBuffers that somebody holds: what earlier tests left behind is collected first. */
function arrayBuffersInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Buffers are freed by a thread of their own, after a collection: the next one begins by waiting for it.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

describe.each(EVICTION_POLICIES)('OffHeapStore, %s', (evictionPolicy) => {
  // Not random: how full pages are depends on what is evicted, and that, a little, on the hash.
  const random = randomFrom(3);
  const hash = new KeyedHash(Int32Array.from({ length: 8193 }, () => random() * 2 ** 32));
  const create = (options: StoreOptions): OffHeapStore =>
    new OffHeapStore({ ...options, evictionPolicy }, hash);

  test.each([0, -1, NaN, 2 ** 35])('refuses a budget of %d, and says what it accepts', (maxBytes) => {
    expect(() => create({ maxBytes })).toThrow(/maxBytes must be from 1 to 8589934592 \(8 GiB\), not /);
  });

  test.each([1, 100, 5000])('a budget of %i bytes, which holds nothing, refuses everything', (maxBytes) => {
    const store = create({ maxBytes });
    expect(put(store, 'key', 0)).toBe(TOO_LARGE);
    expect(find(store, 'key')).toBe(NONE);
    expect(store.bytes).toBe(0);
    expect(store.sample(0.5)).toBe(NONE);
  });

  test.each([20_000, 50_000, MIB, 20 * MIB])(
    'the largest entry of a budget of %i is nearly all of it',
    (maxBytes) => {
      const store = create({ maxBytes });
      let [fits, fails] = [0, maxBytes];
      while (fails - fits > 1) {
        const middle = (fits + fails) >> 1;
        if (put(store, 'key', middle) === TOO_LARGE) fails = middle;
        else fits = middle;
      }
      expect(fits).toBeGreaterThan(maxBytes * 0.9 - 9 * 1024);
      put(store, 'other', 10, 5);
      const entry = put(store, 'key', fits, 5);
      expect(readValue(store, entry).equals(bytes.subarray(0, fits))).toBe(true);
      expect(store.bytes).toBeLessThanOrEqual(maxBytes);
    },
  );

  test('an entry of 16 + 100 bytes costs less than 165, and 5 more under the adaptive policy', () => {
    const limit = evictionPolicy === 'lru' ? 165 : 170;
    const store = create({ maxBytes: 32 * MIB });
    for (let i = 0; i < 150_000; i++) {
      put(store, `key:${String(i).padStart(12, '0')}`, 100);
      if (i > 50_000 && i % 1000 === 0 && store.bytes / store.entries > limit)
        expect(i).toBe('within the limit');
    }
    expect(store.entries).toBe(150_000);
  });

  test('an entry that expired after it was found is not removed by the write that makes room for it', () => {
    const removed: string[] = [];
    const store: OffHeapStore = create({
      maxBytes: MIB,
      onRemove: (entry: number) => removed.push(readKey(store, entry).toString()),
    });
    const entry = put(store, 'growing', 10, 5);
    for (let i = 0; i < 20; i++) put(store, `other ${i}`, 45_000);
    removed.length = 0;
    expect(store.update(entry, 0, bytes, 0, 500_000, 9)).toBe(entry);
    expect(removed).not.toContain('growing');
    expect(removed.length).toBeGreaterThan(5);
    expect(readValue(store, entry).equals(bytes.subarray(0, 500_000))).toBe(true);
    expect(store.expire(9, 10)).toBe(1);
  });

  /**
   * The bound on fragmentation: bytes of entries with their records (32), index cells (10) and what the adaptive policy remembers (4) are nine tenths of the
   * budget, whatever sizes were there before. With values of a few bytes, the block's header (4) and its rounding (to
   * 8) take their part as well.
   */
  test('sizes that change over time do not eat the budget', () => {
    const budget = 16 * MIB;
    const overhead = 32 + 10 + (evictionPolicy === 'lru' ? 0 : 4);
    // It keeps old entries here and there, whose records hold pages, and records cannot move.
    const slack = evictionPolicy === 'lru' ? 0 : 0.1;
    const store = create({ maxBytes: budget });
    const random = randomFrom(7);
    const phases: [size: () => number, bound: number][] = [
      [() => 50 + random() * 100, 0.9],
      [() => 4096, 0.9],
      [() => 1 + random() * 400, 0.9],
      [() => 64 * 2 ** (random() * 10), 0.9],
      [() => 290, 0.9],
      [() => 1840, 0.9],
      [() => 2 ** (random() * 20), 0.9],
      [() => 1 + random() * 40, 0.85],
      [() => 500 + random() * 1500, 0.9],
      [() => 20_000 + random() * 100, 0.9],
    ];
    let id = 0;
    for (const [size, bound] of phases) {
      for (let written = 0; written < budget * 1.2;) {
        const length = Math.floor(size());
        put(store, `key ${id++}`, length);
        written += length + 60;
        // A few of the old ones stay in use, on pages whose other entries go.
        if (id % 50 === 0) store.touch(store.sample(random()));
      }
      let useful = 0;
      let cursor = 0;
      do {
        cursor = store.scan(ALL_SLOTS, cursor, 1e6, (entry) => {
          useful += store.keyLength(entry) + store.valueLength(entry) + overhead;
        });
      } while (cursor !== 0);
      expect(useful / budget).toBeGreaterThan(bound - slack);
      expect(store.bytes).toBeLessThanOrEqual(budget);
    }
  });

  test('memory from the system stays within the budget when all of it changes its purpose', () => {
    const maxBytes = 8 * MIB;
    const before = arrayBuffersInUse();
    const store = create({ maxBytes });
    for (let i = 0; i < 120_000; i++) put(store, `${i}`, 1);
    for (let i = 0; i < 100; i++) put(store, `large ${i}`, 200_000);
    for (let i = 0; i < 70_000; i++) put(store, `timed ${i}`, 1, 1e9 + i);
    expect(arrayBuffersInUse() - before).toBeLessThan(maxBytes * 1.05 + MIB);
    expect(store.nextExpiry()).toBeGreaterThanOrEqual(1e9);
  });

  test('what expired gives its bytes back for other sizes, without being read', () => {
    const store = create({ maxBytes: 8 * MIB });
    for (let i = 0; i < 30_000; i++) put(store, `key ${i}`, 100, 10 + (i % 7));
    expect(store.expire(20, Infinity)).toBe(30_000);
    expect(store.entries).toBe(0);
    expect(store.bytes).toBe(0);
  });

  test('a scan meets what stays while the index grows from a thousand entries to a hundred thousand', () => {
    const store = create({ maxBytes: 64 * MIB });
    for (let i = 0; i < 1000; i++) put(store, `stays ${i}`, i % 50);
    const seen = new Map<string, number>();
    let cursor = 0;
    let added = 0;
    do {
      cursor = store.scan(ALL_SLOTS, cursor, 10, (entry) => {
        const name = readKey(store, entry).toString();
        seen.set(name, (seen.get(name) ?? 0) + 1);
      });
      for (let i = 0; i < 1000 && added < 100_000; i++) put(store, `new ${added++}`, 1);
    } while (cursor !== 0);
    for (let i = 0; i < 1000; i++) expect(seen.get(`stays ${i}`)).toBe(1);
  });

  test('is as good as new after FLUSHALL', () => {
    const store = create({ maxBytes: 4 * MIB });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20_000; i++) put(store, `key ${i}`, 100 + round, i % 2 === 0 ? 0 : 1e6);
      const full = store.entries;
      store.clear(ALL_SLOTS);
      expect([store.entries, store.bytes, store.nextExpiry()]).toEqual([0, 0, Infinity]);
      expect(find(store, 'key 19999')).toBe(NONE);
      expect(full).toBeGreaterThan(10_000);
    }
    store.clear(marked([3]));
    expect(store.entries).toBe(0);
  });
});

describe('OffHeapStore, adaptive', () => {
  test('keeps what is used while a hundred times its size of keys that are used once passes through', () => {
    const store = new OffHeapStore({ maxBytes: MIB, maxEntries: 1000, evictionPolicy: 'adaptive' });
    let hits = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 300; i++) {
        const entry = find(store, `used ${i}`);
        if (entry === NONE) put(store, `used ${i}`, 1);
        else store.touch(entry);
        if (round >= 20 && entry !== NONE) hits++;
      }
      for (let i = 0; i < 500; i++) put(store, `once ${round} ${i}`, 1);
    }
    expect(hits / (180 * 300)).toBeGreaterThan(0.98);
  });

  test('large entries that are used once do not drive out small ones that are used', () => {
    const store = new OffHeapStore({ maxBytes: 8 * MIB, evictionPolicy: 'adaptive' });
    let hits = 0;
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 3000; i++) {
        const entry = find(store, `small ${i}`);
        if (entry === NONE) put(store, `small ${i}`, 1000);
        else store.touch(entry);
        if (round >= 10 && entry !== NONE) hits++;
        if (round >= 3 && i % 10 === 0) put(store, `large ${round} ${i}`, 100_000);
      }
    }
    expect(hits / (90 * 3000)).toBeGreaterThan(0.95);
  });

  test('counts uses of late, up to 7', () => {
    const store = new OffHeapStore({ maxBytes: MIB, evictionPolicy: 'adaptive' });
    const entry = put(store, 'key', 1);
    expect(store.frequency(entry)).toBe(0);
    for (let uses = 1; uses < 10; uses++) {
      store.touch(entry);
      expect(store.frequency(entry)).toBe(Math.min(uses, 7));
    }
    expect(new OffHeapStore({ maxBytes: MIB }).frequency(entry)).toBe(NONE);
  });
});
