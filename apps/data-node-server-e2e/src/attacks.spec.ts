import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { APPS, ServerProcess } from './server-process.ts';

const COMMANDS = 'SET attacked 1\r\nFLUSHALL\r\nSHUTDOWN NOSAVE\r\n';

/** What a web page can make a browser send to the port for Redis clients, and what a client without rights can ask. */
describe.each(APPS)('%s', (app) => {
  let server: ServerProcess;
  let redis: Redis;

  beforeAll(async () => {
    // As if everything were allowed that a setting allows: the page must not even get so far.
    server = await ServerProcess.start(app, { ENABLE_SHUTDOWN: 'true' });
    redis = new Redis({ port: server.port });
    await redis.set('kept', 'value');
  });

  afterAll(async () => {
    await redis.quit();
    expect(await server.stop()).toBe(0);
  });

  const warnings = (): string[] => server.lines.filter((line) => line.includes('HTTP to the port for Redis'));

  async function expectUnharmed(): Promise<void> {
    expect(await redis.mget('kept', 'attacked')).toEqual(['value', null]);
  }

  test.each(['POST', 'PUT', 'GET'])('curl with %s and commands in the body', async (method) => {
    const curl = promisify(execFile)('curl', [
      ...['--silent', '--http0.9', '--max-time', '10', '-X', method, '-H', 'Content-Type: text/plain'],
      ...['--data-binary', COMMANDS, `http://127.0.0.1:${server.port}/`],
    ]);
    // The connection is closed, which is a failure to curl, or too early for it to have sent anything.
    const { stdout } = await curl.catch((error: unknown) => error as { stdout: string });
    expect(stdout).not.toContain('+OK');
    await expectUnharmed();
  });

  test('a simple request of a web page', async () => {
    const request = fetch(`http://127.0.0.1:${server.port}/`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', Origin: 'https://evil.test' },
      body: COMMANDS,
    });
    await expect(request).rejects.toThrow();
    await expectUnharmed();
  });

  test('is told once, not for each', async () => {
    // The line was written before the connections were closed, but may not have been read yet.
    while (warnings().length === 0) await redis.ping();
    expect(warnings()).toHaveLength(1);
  });

  test('DEBUG is refused', async () => {
    await expect(redis.call('DEBUG', 'SLEEP', '3600')).rejects.toThrow(
      /^ERR DEBUG command not allowed\. .*ENABLE_DEBUG_COMMAND=true/,
    );
  });
});

describe.each(APPS)('%s as it comes', (app) => {
  test('SHUTDOWN is refused, and says what to set', async () => {
    const server = await ServerProcess.start(app);
    const redis = new Redis({ port: server.port });
    await expect(redis.call('SHUTDOWN', 'NOSAVE')).rejects.toThrow(
      /^ERR SHUTDOWN command not allowed\. Set PASSWORD, or ENABLE_SHUTDOWN=true/,
    );
    await redis.quit();
    expect(await server.stop()).toBe(0);
  });

  test('with PASSWORD, SHUTDOWN ends it', async () => {
    const server = await ServerProcess.start(app, { PASSWORD: 'p' });
    const exited = server.exited();
    connect(server.port, '127.0.0.1').end('AUTH p\r\nSHUTDOWN NOSAVE\r\n');
    expect(await exited).toBe(0);
  });

  test('with ENABLE_DEBUG_COMMAND, DEBUG runs', async () => {
    const server = await ServerProcess.start(app, { ENABLE_DEBUG_COMMAND: 'true' });
    const redis = new Redis({ port: server.port });
    expect(await redis.call('DEBUG', 'SLEEP', '0')).toBe('OK');
    await redis.quit();
    expect(await server.stop()).toBe(0);
  });
});
