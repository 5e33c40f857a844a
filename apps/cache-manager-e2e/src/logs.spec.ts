import { describe, expect, test } from '@jest/globals';
import { send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

async function logsOf(env: Record<string, string>, lean: boolean): Promise<string> {
  const server = await ServerProcess.start({ env, app: { lean } });
  const headers = { 'X-Request-Id': 'the-request' };
  await send(server.origin, 'POST', '/?key=the-key&value=the-value', { headers });
  await send(server.origin, 'POST', '/?value=the-value&key=the-key&ttl=x', { headers });
  await send(server.origin, 'POST', '/?key=the-key', { headers, body: 'the-value' });
  await send(server.origin, 'GET', '/?key=the-key', { headers });
  await send(server.origin, 'GET', '/nodes', { headers });
  await server.stop();
  return server.stdout + server.stderr;
}

describe.each([true, false])('logs (lean: %s)', (lean) => {
  test('show neither keys nor values', async () => {
    const logs = await logsOf({}, lean);
    expect(logs).toContain('Listening');
    expect(logs).not.toMatch(/the-key|the-value|the-request/);
  });

  test('at debug show each request with its key and id, and never a value', async () => {
    const logs = await logsOf({ LOG_LEVEL: 'debug' }, lean);
    expect(logs.match(/POST \/\?key=the-key 200 [\d.]+ ms, request the-request/g)).toHaveLength(2);
    expect(logs).toMatch(/POST \/\?key=the-key 400 /);
    expect(logs).toMatch(/GET \/\?key=the-key 200 /);
    expect(logs).toMatch(/GET \/nodes 200 /);
    expect(logs).not.toContain('the-value');
  });

  test('are JSON lines in production', async () => {
    const logs = await logsOf({ NODE_ENV: 'production', LOG_LEVEL: 'debug' }, lean);
    const lines = logs
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; message: string });
    expect(lines.find(({ message }) => message.startsWith('Listening on http:'))?.level).toBe('log');
    expect(lines.filter(({ level }) => level === 'debug')).toHaveLength(5);
  });
});
