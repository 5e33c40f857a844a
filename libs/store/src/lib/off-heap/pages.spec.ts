import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { MAX_BUDGET, NO_PAGE, PagePool, UNIT_BYTES, WINDOW_MASK, WINDOW_SHIFT } from './pages.ts';

const MIB = 2 ** 20;

describe('PagePool', () => {
  test.each([1, 10_000, MIB, 5 * MIB + 1, 100 * MIB, 1024 * MIB])(
    'hands out the whole of %i bytes and no more',
    (maxBytes) => {
      const pool = new PagePool(maxBytes);
      const pages = new Set<number>();
      for (let page = pool.take(); page !== NO_PAGE; page = pool.take()) pages.add(page);
      expect(pages.size).toBe(pool.maxPages);
      expect(pool.bytesTaken).toBeLessThanOrEqual(maxBytes);
      expect(pool.bytesTaken).toBeGreaterThan(maxBytes * 0.95 - 1100);
      const end = Math.max(...pages) * pool.pageBytes + pool.pageBytes;
      expect(pages.size === 0 ? 0 : end).toBe(pool.words.byteLength);
      expect(pool.bytes.reduce((sum, view) => sum + view.length, 0)).toBe(pool.words.byteLength);
    },
  );

  test('takes memory from the system only as it is needed', () => {
    const before = process.memoryUsage.rss();
    const pool = new PagePool(1024 * MIB);
    const words = 8 * MIB;
    for (let i = 0; i < words; i += 1024) pool.words[i] = 1;
    // 32 MiB were written to.
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB);
  });

  test('spare bytes lie behind the pages, and have numbers as all others, at the largest budget too', () => {
    const spareBytes = MIB;
    for (const maxBytes of [1, 5 * MIB + 1, MAX_BUDGET]) {
      const pool = new PagePool(maxBytes, spareBytes);
      expect(pool.spare * UNIT_BYTES).toBe(pool.maxPages * pool.pageBytes);
      expect(pool.words.byteLength).toBe(pool.spare * UNIT_BYTES + spareBytes);
      expect((pool.spare + spareBytes / UNIT_BYTES) << 1).toBeGreaterThan(0);
    }
  });

  test('one view of words covers the largest budget, and several of bytes', () => {
    const pool = new PagePool(MAX_BUDGET);
    const unit = (pool.maxPages << pool.pageShift) - 1;
    expect(unit << 1).toBeGreaterThan(0);
    pool.words[unit << 1] = 0x01020304;
    const bytes = must(pool.bytes[unit >>> WINDOW_SHIFT]);
    expect(bytes[(unit & WINDOW_MASK) * UNIT_BYTES]).toBe(4);
    expect(bytes[(unit & WINDOW_MASK) * UNIT_BYTES + 3]).toBe(1);
    expect(pool.doubles.length).toBe(unit + 1);
  });

  test('says so when the system has not that much', () => {
    expect(() => new PagePool(2 ** 60)).toThrow(/^the system does not grant \d+ bytes of memory$/);
  });

  test('uses what was given back first', () => {
    const pool = new PagePool(MIB);
    const first = pool.take();
    pool.take();
    const bytes = pool.bytesTaken;
    pool.giveBack(first);
    expect(pool.bytesTaken).toBeLessThan(bytes);
    expect(pool.take()).toBe(first);
    expect(pool.bytesTaken).toBe(bytes);
    pool.reset();
    expect(pool.bytesTaken).toBe(0);
    expect(pool.take()).toBe(0);
  });
});
