import { ConfigError } from '@distributed-cache/config';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, type Config } from './config.ts';

describe('loadConfig', () => {
  test('has the defaults of the documentation', () => {
    expect(loadConfig({}, [])).toEqual({
      respHost: '127.0.0.1',
      respPort: 6379,
      password: undefined,
      maxClients: 10_000,
      maxMemory: 256 * 2 ** 20,
      maxEntries: undefined,
      evictionPolicy: 'lru',
      defaultTtl: 0,
      maxValueSize: 8 * 2 ** 20,
      statusInterval: 1000,
      nodeId: undefined,
    });
  });

  test.each<[variable: string, text: string, field: keyof Config, value: unknown]>([
    ['RESP_HOST', '::1', 'respHost', '::1'],
    ['RESP_PORT', '0', 'respPort', 0],
    ['PASSWORD', 'pass wörd', 'password', 'pass wörd'],
    ['MAX_CLIENTS', '5', 'maxClients', 5],
    ['MAX_MEMORY', '64mb', 'maxMemory', 64 * 2 ** 20],
    ['MAX_ENTRIES', '1', 'maxEntries', 1],
    ['DEFAULT_TTL', '281474976710656', 'defaultTtl', 2 ** 48],
    ['MAX_VALUE_SIZE', '1', 'maxValueSize', 1],
    ['STATUS_INTERVAL', '50', 'statusInterval', 50],
    ['NODE_ID', 'node-1', 'nodeId', 'node-1'],
    ['EVICTION_POLICY', 'adaptive', 'evictionPolicy', 'adaptive'],
  ])('%s=%s', (variable, text, field, value) => {
    expect(loadConfig({ [variable]: text }, [])[field]).toBe(value);
  });

  test.each([
    ['RESP_PORT', 'off'],
    ['MAX_CLIENTS', '0'],
    ['MAX_MEMORY', '1'],
    ['MAX_VALUE_SIZE', '65mb'],
    ['NODE_ID', ''],
    ['EVICTION_POLICY', 'fifo'],
    ['NATS_URL', 'nats://localhost'],
    ['RESP_HOST', '0.0.0.0'],
    ['ALLOW_OPEN', 'yes'],
  ])('%s=%s is refused by name', (variable, text) => {
    const load = () => loadConfig({ [variable]: text }, []);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${variable}`));
  });

  test('options of the command line are refused', () => {
    expect(() => loadConfig({}, ['--port=80'])).toThrow(/^Unknown option "--port=80"/);
  });
});
