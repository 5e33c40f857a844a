import { describe, expect, test } from '@jest/globals';
import { EnvironmentReader, type Environment } from './environment.ts';
import { ConfigError } from './errors.ts';
import { readServerSettings, type ServerSettings } from './server-settings.ts';

const read = (environment: Environment): ServerSettings =>
  readServerSettings(new EnvironmentReader(environment));

describe('readServerSettings', () => {
  test.each<[variable: string, text: string, field: keyof ServerSettings, value: unknown]>([
    ['RESP_HOST', '::1', 'respHost', '::1'],
    ['PASSWORD', 'pass wörd', 'password', 'pass wörd'],
    ['MAX_CLIENTS', '1', 'maxClients', 1],
    ['MAX_CLIENTS', '1000000', 'maxClients', 1_000_000],
    ['ENABLE_DEBUG_COMMAND', 'true', 'enableDebugCommand', true],
    ['ENABLE_SHUTDOWN', 'true', 'enableShutdown', true],
    ['PASSWORD', 'p', 'enableShutdown', true],
    ['LOG_LEVEL', 'debug', 'logLevel', 'debug'],
  ])('%s=%s', (variable, text, field, value) => {
    expect(read({ [variable]: text })[field]).toBe(value);
  });

  test('a password does not enable SHUTDOWN against the setting', () => {
    expect(read({ PASSWORD: 'p', ENABLE_SHUTDOWN: 'false' }).enableShutdown).toBe(false);
  });

  test.each([
    ['RESP_HOST', '1.2.3.4:6380'],
    ['PASSWORD', ' a'],
    ['MAX_CLIENTS', '0'],
    ['ENABLE_DEBUG_COMMAND', 'local'],
    ['ENABLE_SHUTDOWN', '1'],
    ['LOG_LEVEL', 'info'],
  ])('%s=%s is refused by name', (variable, text) => {
    expect(() => read({ [variable]: text })).toThrow(ConfigError);
    expect(() => read({ [variable]: text })).toThrow(new RegExp(`^${variable}`));
  });
});
