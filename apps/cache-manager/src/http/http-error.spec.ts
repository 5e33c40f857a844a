import { describe, expect, test } from '@jest/globals';
import * as cache from '@distributed-cache/cache';
import { STATUS_OF } from './http-error.ts';

describe('the table of errors', () => {
  test('has exactly the codes that the cache has', () => {
    const exported: unknown[] = Object.values(cache);
    const errors = exported.filter(
      (each): each is new () => cache.CacheError =>
        typeof each === 'function' && each.prototype instanceof cache.CacheError,
    );
    const codes = new Set(errors.map((CacheErrorClass) => new CacheErrorClass().code));
    // Answers to programming errors of the application itself: a request cannot cause them.
    codes.delete('DUPLICATE_NODE');
    expect(new Set(STATUS_OF.keys())).toEqual(codes);
  });
});
