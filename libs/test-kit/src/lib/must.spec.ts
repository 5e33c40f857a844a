import { expect, test } from '@jest/globals';
import { must } from './must.ts';

test.each([0, '', false, NaN])('gives what is there: %p', (value) => {
  expect(must(value)).toBe(value);
});

test.each([undefined, null])('throws where there is no value: %p', (nothing) => {
  expect(() => must(nothing)).toThrow('There is no value here.');
});
