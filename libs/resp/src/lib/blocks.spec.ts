import { afterEach, describe, expect, test } from '@jest/globals';
import { allocate, lend, MOST_LENT, takeBack } from './blocks.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

describe('allocate', () => {
  test.each([0, 1, KIBIBYTE, MEBIBYTE - 1, MEBIBYTE, 8 * MEBIBYTE + 3])('gives %d bytes', (bytes) => {
    const block = allocate(bytes);
    block.fill(7);
    expect(block).toHaveLength(bytes);
    expect(block.every((byte) => byte === 7)).toBe(true);
  });

  test('goes on where the system has no memory of the kind that it likes best', () => {
    const { WebAssembly } = globalThis as { WebAssembly?: unknown };
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      expect(allocate(2 * MEBIBYTE)).toHaveLength(2 * MEBIBYTE);
    } finally {
      Object.assign(globalThis, { WebAssembly });
    }
  });
});

describe('lend', () => {
  let lent: Buffer[] = [];
  const borrow = (bytes: number): Buffer => {
    const block = lend(bytes);
    lent.push(block);
    return block;
  };

  afterEach(() => {
    for (const block of lent) takeBack(block);
    lent = [];
  });

  test('never lends a block twice at a time', () => {
    const blocks = Array.from({ length: 10 }, () => borrow(100 * KIBIBYTE));
    expect(new Set(blocks.map(({ buffer }) => buffer)).size).toBe(10);
  });

  test('lends what was taken back, to whom it is large enough', () => {
    const block = lend(100 * KIBIBYTE);
    takeBack(block);
    expect(borrow(block.length + 1)).not.toBe(block);
    expect(borrow(70 * KIBIBYTE)).toBe(block);
  });

  test.each([1, 33 * KIBIBYTE, MOST_LENT - 1, MOST_LENT])('has room for %d bytes', (bytes) => {
    expect(borrow(bytes).length).toBeGreaterThanOrEqual(bytes);
  });

  test('keeps only blocks of its own sizes, of some megabytes in all', () => {
    takeBack(Buffer.alloc(0));
    takeBack(Buffer.alloc(40_000));
    const blocks = Array.from({ length: 20 }, () => lend(MEBIBYTE));
    for (const block of blocks) takeBack(block);
    const again = new Set(Array.from({ length: 20 }, () => borrow(MEBIBYTE)));
    const kept = blocks.filter((block) => again.has(block));
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThanOrEqual(8);
    expect(borrow(33_000)).not.toHaveLength(40_000);
  });
});
