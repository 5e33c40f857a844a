import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import { SizeClasses } from './size-classes.ts';

describe.each([1024, 2048, 4096, 8192, 16384, 32768])('size classes of %i-byte pages', (pageBytes) => {
  const classes = new SizeClasses(pageBytes);

  test('ascend in multiples of 8', () => {
    expect(classes.sizes[0]).toBe(8);
    expect(classes.sizes.at(-1)).toBe(classes.largest);
    for (let i = 1; i < classes.sizes.length; i++) {
      expect(must(classes.sizes[i]) % 8).toBe(0);
      expect(classes.sizes[i]).toBeGreaterThan(must(classes.sizes[i - 1]));
    }
  });

  test('every size gets the smallest class that holds it', () => {
    for (let bytes = 1; bytes <= classes.largest; bytes++) {
      const cls = classes.classOf(bytes);
      expect(classes.sizes[cls]).toBeGreaterThanOrEqual(bytes);
      if (cls > 0) expect(classes.sizes[cls - 1]).toBeLessThan(bytes);
    }
  });

  test('on large pages, the end of a page and the rounding cost an eighth at most, and half of that on average', () => {
    if (pageBytes < 8192) return;
    let sum = 0;
    for (let bytes = 128; bytes <= classes.largest; bytes++) {
      const perPage = Math.floor(pageBytes / must(classes.sizes[classes.classOf(bytes)]));
      const waste = 1 - (perPage * bytes) / pageBytes;
      expect(waste).toBeLessThan(1 / 8);
      sum += waste;
    }
    expect(sum / (classes.largest - 127)).toBeLessThan(1 / 16);
  });
});
