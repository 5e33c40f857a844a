import { describe, expect, test } from '@jest/globals';
import { misspeltSettings, SETTINGS } from './misspelt.ts';

describe('misspeltSettings', () => {
  test.each([
    ['MAXMEMORY', 'MAX_MEMORY'],
    ['MAX_MEMORRY', 'MAX_MEMORY'],
    ['MAX_MEMEORY', 'MAX_MEMORY'],
    ['max_memory', 'MAX_MEMORY'],
    ['MAX_MEM', 'MAX_MEMORY'],
    ['MAX_MEMORY_MB', 'MAX_MEMORY'],
    ['DATA_NODE', 'DATA_NODES'],
    ['DATA-NODES', 'DATA_NODES'],
    ['HTTPPORT', 'HTTP_PORT'],
    ['HTTP_PROT', 'HTTP_PORT'],
    ['RESP_PORTS', 'RESP_PORT'],
    ['RESP_ADDRESS', 'RESP_HOST'],
    ['PASWORD', 'PASSWORD'],
    ['EVICTION', 'EVICTION_POLICY'],
    ['EVICTION_POLCY', 'EVICTION_POLICY'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['ENABLE_SHUT_DOWN', 'ENABLE_SHUTDOWN'],
    ['OPERATION_TIME_OUT', 'OPERATION_TIMEOUT'],
    ['NODEID', 'NODE_ID'],
  ])('%s was meant to be %s', (name, setting) => {
    expect(misspeltSettings({ [name]: 'x' })).toBe(`${name} is not a setting: did you mean ${setting}?`);
  });

  test.each([
    ...['PORT', 'HOST', 'HOSTNAME', 'NODE_OPTIONS', 'NODE_VERSION', 'NODE_PATH', 'NODE_NAME', 'NODE_IP'],
    ...[
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'HTTPS_PORT',
      'REDIS_HOST',
      'REDIS_PORT',
      'REDIS_PASSWORD',
    ],
    ...['REST_PORT', 'PASSWORD_STORE_DIR', 'DB_PASSWORD', 'LOG_FORMAT', 'DEBUG', 'ZONE', 'NODES', 'TTL'],
    ...['DATA_DIR', 'MAX_CONNECTIONS', 'PATH', 'HOME', 'SHLVL', '_', 'npm_lifecycle_event', ''],
    ...['DATA_NODE_SERVER_SERVICE_HOST', 'DATA_NODE_SERVER_PORT_6379_TCP_ADDR', 'RESP_SERVICE_PORT_REDIS'],
    'X'.repeat(100_000),
  ])('%.40s is of others', (name) => {
    expect(misspeltSettings({ [name]: 'x' })).toBeUndefined();
  });

  test('settings are none', () => {
    expect(misspeltSettings(Object.fromEntries(SETTINGS.map((name) => [name, 'x'])))).toBeUndefined();
  });

  test('names all in one line, and shows no value', () => {
    expect(misspeltSettings({ PASWORD: 'secret', MAX_MEMORY: '1mb', HTTPPORT: '1' })).toBe(
      'PASWORD is not a setting: did you mean PASSWORD? HTTPPORT is not a setting: did you mean HTTP_PORT?',
    );
  });
});
