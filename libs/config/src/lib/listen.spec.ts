import { describe, expect, test } from '@jest/globals';
import { ConfigError } from './errors.ts';
import { listenOn } from './listen.ts';

const failing = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};

describe('listenOn', () => {
  test.each([
    ['127.0.0.1', 'IPv4', '127.0.0.1:7000'],
    ['::1', 'IPv6', '[::1]:7000'],
  ])('says where: %s', async (address, family, text) => {
    const listen = async (host: string) => ({ address: host, family, port: 7000 });
    expect(await listenOn('RESP', address, 0, listen)).toBe(text);
  });

  test.each([
    ['EADDRINUSE', 'RESP_PORT 6379 is in use on ::1: choose another one, or 0 for any that is free.'],
    ['EACCES', 'RESP_PORT 6379 needs more rights than this process has: choose one from 1024 on.'],
    ['ENOTFOUND', 'RESP_HOST ::1 is not an address of this machine.'],
  ])('%s is explained', async (code, message) => {
    await expect(listenOn('RESP', '::1', 6379, failing(code))).rejects.toEqual(new ConfigError(message));
  });

  test('another error comes back as it is', async () => {
    await expect(listenOn('RESP', '::1', 6379, failing('EMFILE'))).rejects.toMatchObject({ code: 'EMFILE' });
  });
});
