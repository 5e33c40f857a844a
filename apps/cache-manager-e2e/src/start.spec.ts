import { describe, expect, test } from '@jest/globals';
import { send } from './support/http-client.ts';
import { CRASH, runToEnd, ServerProcess, type Ended } from './support/server-process.ts';

function expectOneLine(ended: Ended, line: RegExp): void {
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  expect(ended.stderr).toMatch(line);
  expect(ended.stdout).toBe('');
}

describe('a start that cannot be', () => {
  test.each([
    ['HTTP_PORT', '80a', /^HTTP_PORT must be an integer from 0 to 65535, but is "80a"/],
    ['MAX_MEMORY', '64m', /^MAX_MEMORY must be a size /],
    ['EVICTION_POLICY', 'lfu', /^EVICTION_POLICY must be one of lru, adaptive, but is "lfu"/],
    ['NODES', 'localhost:7001', /^NODES is not supported yet/],
    ['RESP_PORT', '80a', /^RESP_PORT must be an integer from 0 to 65535, or "off", but is "80a"/],
    ['RESP_HOST', '0.0.0.0', /^RESP_HOST "0\.0\.0\.0" .* PASSWORD.* ALLOW_OPEN=true/],
    ['HTTP_HOST', '0.0.0.0', /^HTTP_HOST "0\.0\.0\.0" .* PASSWORD.* ALLOW_OPEN=true/],
  ])('%s=%s ends in one line', async (variable, text, line) => {
    expectOneLine(await runToEnd({ RESP_PORT: '0', [variable]: text }), line);
  });

  test('an option ends in one line', async () => {
    expectOneLine(await runToEnd({}, ['--verbose']), /^Unknown option "--verbose"/);
  });

  test('a port in use ends in one line', async () => {
    const first = await ServerProcess.start();
    const ended = await runToEnd({ HTTP_PORT: String(first.port) });
    expectOneLine(ended, new RegExp(`^HTTP_PORT ${first.port} is in use on 127\\.0\\.0\\.1`));
    await first.stop();
  });

  test('an address of another machine ends in one line', async () => {
    // 192.0.2.0/24 is for documentation.
    const ended = await runToEnd({ HTTP_HOST: '192.0.2.1', HTTP_PORT: '0', ALLOW_OPEN: 'true' });
    expectOneLine(ended, /^HTTP_HOST 192\.0\.2\.1 is not an address of this machine/);
  });

  test('an error that nobody handles is logged and ends the process', async () => {
    const ended = await runToEnd({ HTTP_PORT: '0' }, [], CRASH);
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toMatch(/Unexpected error[^]*nobody expected this/);
  });
});

describe('a start', () => {
  test('two side by side know nothing of each other', async () => {
    const [one, two] = await Promise.all([
      ServerProcess.start(),
      ServerProcess.start({ env: { DATA_NODES: '1' } }),
    ]);
    await send(one.origin, 'POST', '/?key=a&value=one');
    await send(two.origin, 'POST', '/?key=a&value=two');
    expect((await send(one.origin, 'GET', '/?key=a')).json).toMatchObject({ value: 'one' });
    expect((await send(two.origin, 'GET', '/?key=a')).json).toMatchObject({ value: 'two', node: 'node-1' });
    expect((await send(one.origin, 'GET', '/nodes')).json).toHaveLength(3);
    expect((await send(two.origin, 'GET', '/nodes')).json).toHaveLength(1);
    await Promise.all([one.stop(), two.stop()]);
  });

  test('on every address, once everybody may', async () => {
    const server = await ServerProcess.start({ env: { HTTP_HOST: '::', ALLOW_OPEN: 'true' } });
    expect(server.origin).toBe(`http://[::]:${server.port}`);
    expect((await send(`http://127.0.0.1:${server.port}`, 'GET', '/health/ready')).status).toBe(200);
    await server.stop();
  });
});
