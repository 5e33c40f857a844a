import { describe, expect, test } from '@jest/globals';
import { ConfigError, SETTINGS, UNSUPPORTED, type Environment } from '@distributed-cache/config';
import { loadConfig, type Config } from './config.ts';

const load = (environment: Environment): Config => loadConfig(environment, []);

function refusal(environment: Environment, options: string[] = []): string {
  try {
    loadConfig(environment, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('was accepted');
}

describe('loadConfig', () => {
  test('has the defaults of the documentation', () => {
    expect(load({})).toEqual({
      httpHost: '127.0.0.1',
      httpPort: 8080,
      allowedHosts: [],
      maxClients: 10_000,
      respHost: '127.0.0.1',
      respPort: 6380,
      password: undefined,
      enableDebugCommand: false,
      enableShutdown: false,
      dataNodes: 3,
      dataNode: {
        maxBytes: 256 * 2 ** 20,
        maxEntries: undefined,
        evictionPolicy: 'lru',
        defaultTtl: 0,
        maxValueBytes: 8 * 2 ** 20,
        statusInterval: 1000,
      },
      operationTimeout: 1000,
      strictTransactions: false,
      logLevel: 'log',
      production: false,
      misspelt: undefined,
    });
  });

  test.each<[variable: string, text: string, field: keyof Config, value: unknown]>([
    ['HTTP_HOST', '::1', 'httpHost', '::1'],
    ['HTTP_HOST', 'localhost', 'httpHost', 'localhost'],
    ['HTTP_HOST', '127.1.2.3', 'httpHost', '127.1.2.3'],
    ['HTTP_PORT', '0', 'httpPort', 0],
    ['HTTP_PORT', '65535', 'httpPort', 65_535],
    ['PASSWORD', 'pass wörd', 'password', 'pass wörd'],
    ['DATA_NODES', '1', 'dataNodes', 1],
    ['OPERATION_TIMEOUT', '60000', 'operationTimeout', 60_000],
    ['STRICT_TRANSACTIONS', 'true', 'strictTransactions', true],
    ['LOG_LEVEL', 'debug', 'logLevel', 'debug'],
    ['NODE_ENV', 'production', 'production', true],
    ['ENABLE_DEBUG_COMMAND', 'true', 'enableDebugCommand', true],
    ['ENABLE_SHUTDOWN', 'true', 'enableShutdown', true],
    ['PASSWORD', 'p', 'enableShutdown', true],
    ['MAX_CLIENTS', '1', 'maxClients', 1],
    ['MAX_CLIENTS', '1000000', 'maxClients', 1_000_000],
    ['RESP_HOST', '::1', 'respHost', '::1'],
    ['RESP_PORT', '0', 'respPort', 0],
    ['RESP_PORT', '65535', 'respPort', 65_535],
    ['RESP_PORT', 'off', 'respPort', undefined],
  ])('%s=%s', (variable, text, field, value) => {
    expect(load({ [variable]: text })[field]).toBe(value);
  });

  test.each([
    ['cache.test', ['cache.test']],
    ['Cache.test,10.0.0.1:8080,[::1]:1,[FD00::1]', ['cache.test', '10.0.0.1:8080', '[::1]:1', '[fd00::1]']],
  ])('ALLOWED_HOSTS=%s', (text, hosts) => {
    expect(load({ ALLOWED_HOSTS: text }).allowedHosts).toEqual(hosts);
  });

  test.each([
    ['HTTP_HOST', 'an IP address or a host name', ['', ' ', 'a b', 'http://x', '-x', '1.2.3.4:80']],
    [
      'HTTP_PORT',
      'an integer from 0 to 65535',
      ['', '-1', '65536', '80a', ' 80', '0x50', '1e3', '8080.0', 'off'],
    ],
    [
      'ALLOWED_HOSTS',
      'host names or IP addresses, separated by commas',
      [
        '',
        ',',
        'a,',
        'a, b',
        '*',
        'http://a',
        'a/b',
        'a:x',
        'a:65536',
        'a:',
        '::1',
        '[::1',
        '[a]',
        'a b',
        'a.',
      ],
    ],
    ['MAX_CLIENTS', 'an integer from 1 to 1000000', ['', '0', '-1', '1000001', 'many']],
    ['RESP_HOST', 'an IP address or a host name', ['', 'a b', '1.2.3.4:6380']],
    ['RESP_PORT', 'an integer from 0 to 65535', ['', '-1', '65536', 'OFF', 'no', '6380.0', '123456']],
    ['PASSWORD', '1 to 1024 characters', ['', ' a', 'a ', 'a\nb', 'x'.repeat(1025)]],
    ['ALLOW_OPEN', 'one of true, false', ['', '1', 'yes', 'TRUE']],
    ['ENABLE_DEBUG_COMMAND', 'one of true, false', ['', 'yes', 'local']],
    ['ENABLE_SHUTDOWN', 'one of true, false', ['', '1']],
    ['DATA_NODES', 'an integer from 1 to 256', ['', '0', '257', '1.5', 'three']],
    [
      'MAX_MEMORY',
      'a size from 1mb to 8gb',
      ['', '0', '64 mb', '64m', '-1mb', '1.5gb', 'mb', '1048575', '1025gb'],
    ],
    ['MAX_ENTRIES', 'an integer from 1 to 4294967295', ['', '0', 'none', '1e6']],
    ['EVICTION_POLICY', 'one of lru, adaptive', ['', 'LRU', 'fifo']],
    ['DEFAULT_TTL', 'an integer from 0 to 281474976710656', ['', '-1', '281474976710657', '1s']],
    ['MAX_VALUE_SIZE', 'a size from 1 to 64mb', ['', '0', '65mb']],
    ['STATUS_INTERVAL', 'an integer from 1 to 2147483647', ['', '0', '2147483648']],
    ['OPERATION_TIMEOUT', 'an integer from 1 to 60000', ['', '0', '60001']],
    ['STRICT_TRANSACTIONS', 'one of true, false', ['', '1', 'yes', 'TRUE']],
    ['LOG_LEVEL', 'one of error, warn, log, debug', ['', 'info']],
  ])('%s must be %s', (variable, accepted, texts) => {
    for (const text of texts) {
      const message = refusal({ [variable]: text });
      expect(message).toMatch(new RegExp(`^${variable} must be `));
      expect(message).toContain(accepted);
    }
  });

  test('a password is never shown', () => {
    expect(refusal({ PASSWORD: ' secret' })).not.toContain('secret');
  });

  test('a long value is cut short', () => {
    expect(refusal({ HTTP_PORT: 'x'.repeat(10_000) }).length).toBeLessThan(200);
  });

  test.each([...UNSUPPORTED, 'NODE_ID'])('%s is not supported yet', (variable) => {
    expect(refusal({ [variable]: '1' })).toMatch(
      new RegExp(`^${variable} is not supported yet by this version`),
    );
  });

  test('a password does not enable SHUTDOWN against the setting', () => {
    expect(load({ PASSWORD: 'p', ENABLE_SHUTDOWN: 'false' }).enableShutdown).toBe(false);
  });

  test('names what looks like a setting and is none, and nothing of the other app', () => {
    expect(load({ HTTPPORT: '80', MAX_CLIENTS: '5' }).misspelt).toBe(
      'HTTPPORT is not a setting: did you mean HTTP_PORT?',
    );
  });

  test('every variable that it reads is known to be a setting', () => {
    const read: string[] = [];
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => void read.push(String(name)),
      },
    );
    load(environment);
    expect(SETTINGS).toEqual(expect.arrayContaining(read.filter((name) => !UNSUPPORTED.includes(name))));
    expect(read.length).toBeGreaterThan(UNSUPPORTED.length);
  });

  test('options of the command line are refused', () => {
    expect(refusal({}, ['--port=80'])).toMatch(/^Unknown option "--port=80"/);
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.org', '128.0.0.1', '127.example.org', '::ffff:127.0.0.1'])(
    'host %s needs PASSWORD or ALLOW_OPEN',
    (host) => {
      expect(refusal({ HTTP_HOST: host })).toMatch(/^HTTP_HOST .* set PASSWORD, or ALLOW_OPEN=true/);
      expect(refusal({ HTTP_HOST: host, ALLOW_OPEN: 'false' })).toMatch(/PASSWORD/);
      expect(load({ HTTP_HOST: host, PASSWORD: 'p' }).httpHost).toBe(host);
      expect(load({ HTTP_HOST: host, ALLOW_OPEN: 'true' }).httpHost).toBe(host);
      expect(refusal({ RESP_HOST: host })).toMatch(/^RESP_HOST .* set PASSWORD, or ALLOW_OPEN=true/);
      expect(load({ RESP_HOST: host, PASSWORD: 'p' }).respHost).toBe(host);
      expect(load({ RESP_HOST: host, RESP_PORT: 'off' }).respPort).toBeUndefined();
    },
  );
});
