import { describe, expect, test } from '@jest/globals';
import { ARENA_SHIFT, NO_PAGE, PagePool } from './pages.ts';

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
      const arenas = pool.bytes.reduce((sum, arena) => sum + arena.length, 0);
      expect(arenas).toBe(pool.maxPages * pool.pageBytes);
      for (const page of pages) {
        const arena = pool.bytes[(page << pool.pageShift) >>> ARENA_SHIFT]!;
        expect(arena.length).toBeGreaterThanOrEqual(pool.pageBytes);
      }
    },
  );

  test('takes memory from the system only as it is needed', () => {
    const pool = new PagePool(1024 * MIB);
    expect(pool.bytes).toEqual([]);
    for (let i = 0; i * pool.pageBytes < 17 * MIB; i++) pool.take();
    expect(pool.bytes.length).toBe(2);
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
