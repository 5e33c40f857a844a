import { expect, test } from '@jest/globals';
import { readKey } from '../entry-bytes.ts';
import { EVICTED, EXPIRED, NONE, type Store } from '../store.ts';
import { find, MIB, put } from './calls.ts';
import { type CreateStore } from './model.ts';

export function describeExpiry(create: CreateStore): void {
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

  test('what has expired goes, without being read, and no more than asked for', () => {
    const times: number[] = [];
    const store: Store = create({
      maxBytes: 8 * MIB,
      onRemove: (entry) => times.push(store.expiresAt(entry)),
    });
    for (let i = 0; i < 2000; i++) put(store, `key ${i}`, 'v', { expiresAt: 1 + ((i * 7919) % 2003) });
    expect(store.expire(1500, 700)).toBe(700);
    expect(store.expire(1500, Infinity)).toBe(times.length - 700);
    expect(Math.max(...times)).toBeLessThanOrEqual(1500);
    expect(store.nextExpiry()).toBeGreaterThan(1500);
    expect(store.entries).toBe(2000 - times.length);
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
