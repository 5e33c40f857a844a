import { describe, expect, test } from '@jest/globals';
import * as cache from '@distributed-cache/cache';
import { STATUS_OF } from './http-error.ts';

describe('the table of errors', () => {
  test('has no code that the cache does not have', () => {
    const errors = Object.values(cache).filter(
      (each): each is new (...args: never[]) => cache.CacheError =>
        typeof each === 'function' && each.prototype instanceof cache.CacheError,
    );
    const codes = new Set(errors.map((each) => new (each as new () => cache.CacheError)().code));
    // Answers to programming errors of the application itself: a request cannot cause them.
    codes.delete('DUPLICATE_NODE');
    expect(new Set(STATUS_OF.keys())).toEqual(codes);
  });
});
