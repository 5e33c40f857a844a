import { expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { readKey, readValue } from '../entry-bytes.ts';
import { NONE } from '../store.ts';
import { find, KIB, MIB, put } from './calls.ts';
import { bytes, type CreateStore } from './model.ts';

export function describeBytes(create: CreateStore): void {
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
      key[i * 1000] = must(key[i * 1000]) ^ 1;
      put(store, key, String(i));
    }
    for (let i = 0; i < 50; i++) {
      const key = Buffer.from(bytes(64 * KIB));
      key[i * 1000] = must(key[i * 1000]) ^ 1;
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
    expect(find(store, 'key')).toBe(entry);
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
      const entry = find(store, `key ${i}`);
      if (entry === NONE) continue;
      found++;
      expect(readValue(store, entry).toString()).toBe(`value ${i}`);
    }
    expect(found).toBe(3000);
  });
}
