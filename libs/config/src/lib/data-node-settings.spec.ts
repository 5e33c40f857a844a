import { describe, expect, test } from '@jest/globals';
import { readDataNodeSettings, type DataNodeSettings } from './data-node-settings.ts';
import { EnvironmentReader, type Environment } from './environment.ts';
import { ConfigError } from './errors.ts';

const read = (environment: Environment): DataNodeSettings =>
  readDataNodeSettings(new EnvironmentReader(environment), 2 ** 34);

describe('readDataNodeSettings', () => {
  test.each<[variable: string, text: string, field: keyof DataNodeSettings, value: unknown]>([
    ['MAX_MEMORY', '64mb', 'maxBytes', 64 * 2 ** 20],
    ['MAX_MEMORY', '1gb', 'maxBytes', 2 ** 30],
    ['MAX_MEMORY', '2048KB', 'maxBytes', 2 ** 21],
    ['MAX_MEMORY', '1048577', 'maxBytes', 2 ** 20 + 1],
    ['MAX_ENTRIES', '1', 'maxEntries', 1],
    ['EVICTION_POLICY', 'adaptive', 'evictionPolicy', 'adaptive'],
    ['DEFAULT_TTL', '281474976710656', 'defaultTtl', 2 ** 48],
    ['MAX_VALUE_SIZE', '1', 'maxValueBytes', 1],
    ['STATUS_INTERVAL', '50', 'statusInterval', 50],
  ])('%s=%s', (variable, text, field, value) => {
    expect(read({ [variable]: text })[field]).toBe(value);
  });

  test.each([
    ['MAX_MEMORY', '1'],
    ['MAX_MEMORY', '17gb'],
    ['MAX_ENTRIES', '0'],
    ['EVICTION_POLICY', 'fifo'],
    ['DEFAULT_TTL', '-1'],
    ['MAX_VALUE_SIZE', '65mb'],
    ['STATUS_INTERVAL', '0'],
  ])('%s=%s is refused by name', (variable, text) => {
    expect(() => read({ [variable]: text })).toThrow(ConfigError);
    expect(() => read({ [variable]: text })).toThrow(new RegExp(`^${variable}`));
  });
});
