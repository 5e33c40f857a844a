import { expect, test } from '@jest/globals';
import { SETTINGS } from './misspelt.ts';
import { UNSUPPORTED } from './unsupported.ts';

test('a setting is supported or not', () => {
  expect(UNSUPPORTED.filter((name) => SETTINGS.includes(name))).toEqual([]);
});
