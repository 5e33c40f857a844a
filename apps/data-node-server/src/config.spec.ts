import {
  ConfigError,
  EnvironmentReader,
  readDataNodeSettings,
  SETTINGS,
  UNSUPPORTED,
} from '@distributed-cache/config';
import { MAX_BUDGET } from '@distributed-cache/store';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, type Config } from './config.ts';

describe('loadConfig', () => {
  test('has the defaults of the documentation', () => {
    expect(loadConfig({}, [])).toEqual({
      respHost: '127.0.0.1',
      respPort: 6379,
      password: undefined,
      maxClients: 10_000,
      enableDebugCommand: false,
      enableShutdown: false,
      nodeId: undefined,
      dataNode: readDataNodeSettings(new EnvironmentReader({}), MAX_BUDGET),
      logLevel: 'log',
      misspelt: undefined,
    });
  });

  test.each<[variable: string, text: string, field: keyof Config, value: unknown]>([
    ['RESP_HOST', '::1', 'respHost', '::1'],
    ['RESP_PORT', '0', 'respPort', 0],
    ['PASSWORD', 'pass wörd', 'password', 'pass wörd'],
    ['MAX_CLIENTS', '5', 'maxClients', 5],
    ['NODE_ID', 'node-1', 'nodeId', 'node-1'],
    ['LOG_LEVEL', 'debug', 'logLevel', 'debug'],
    ['ENABLE_DEBUG_COMMAND', 'true', 'enableDebugCommand', true],
    ['ENABLE_SHUTDOWN', 'true', 'enableShutdown', true],
    ['PASSWORD', 'p', 'enableShutdown', true],
  ])('%s=%s', (variable, text, field, value) => {
    expect(loadConfig({ [variable]: text }, [])[field]).toBe(value);
  });

  test('has settings of its data node', () => {
    expect(loadConfig({ MAX_MEMORY: '64mb' }, []).dataNode.maxBytes).toBe(64 * 2 ** 20);
  });

  test.each([
    ['RESP_PORT', 'off'],
    ['MAX_CLIENTS', '0'],
    ['MAX_MEMORY', '1'],
    ['MAX_VALUE_SIZE', '65mb'],
    ['NODE_ID', ''],
    ['EVICTION_POLICY', 'fifo'],
    ['DATA_NODES', '0'],
    ['RESP_HOST', '0.0.0.0'],
    ['ALLOW_OPEN', 'yes'],
    ['LOG_LEVEL', 'x'],
    ['ENABLE_DEBUG_COMMAND', 'local'],
    ['ENABLE_SHUTDOWN', '1'],
  ])('%s=%s is refused by name', (variable, text) => {
    const load = () => loadConfig({ [variable]: text }, []);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${variable}`));
  });

  test.each(UNSUPPORTED)('%s is not supported yet', (variable) => {
    expect(() => loadConfig({ [variable]: '1' }, [])).toThrow(
      new RegExp(`^${variable} is not supported yet by this version: unset it\\.$`),
    );
  });

  test('neither are several data nodes', () => {
    expect(() => loadConfig({ DATA_NODES: '2' }, [])).toThrow(
      /^DATA_NODES over 1 is not supported yet by this version: unset it\.$/,
    );
    loadConfig({ DATA_NODES: '1' }, []);
  });

  test('a password does not enable SHUTDOWN against the setting', () => {
    expect(loadConfig({ PASSWORD: 'p', ENABLE_SHUTDOWN: 'false' }, []).enableShutdown).toBe(false);
  });

  test('names what looks like a setting and is none, and nothing of the other app', () => {
    expect(loadConfig({ MAXMEMORY: '1mb', HTTP_PORT: '80', OPERATION_TIMEOUT: '5' }, []).misspelt).toBe(
      'MAXMEMORY is not a setting: did you mean MAX_MEMORY?',
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
    loadConfig(environment, []);
    expect(SETTINGS).toEqual(expect.arrayContaining(read.filter((name) => !UNSUPPORTED.includes(name))));
    expect(read.length).toBeGreaterThan(UNSUPPORTED.length);
  });

  test('options of the command line are refused', () => {
    expect(() => loadConfig({}, ['--port=80'])).toThrow(/^Unknown option "--port=80"/);
  });
});
