import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exchange, RawConnection, send, type Answer } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const TARGETS = ['/?key=a', '/', '/nodes', '/events', '/docs', '/docs-json', '/health/live', '/nowhere'];

function expectRefused(answer: Answer, message: RegExp): void {
  expect(answer.status).toBe(403);
  expect(answer.json).toEqual({
    statusCode: 403,
    error: 'Forbidden',
    message: expect.stringMatching(message),
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.any(String),
  });
}

describe.each([true, false])('a web page in a browser of this machine (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({ app: { lean }, env: { ALLOWED_HOSTS: 'cache.test' } });
  });

  afterAll(() => server.stop());

  const ask = (method: string, target: string, headers: Record<string, string> = {}): Promise<Answer> =>
    send(server.origin, method, target, { headers });

  test.each(TARGETS)('whose name was given the address of loopback gets nothing from %s', async (target) => {
    expectRefused(await ask('GET', target, { Host: 'rebind.evil' }), /^Host "rebind.evil" is not accepted/);
  });

  test.each(TARGETS)('of another site gets nothing from %s', async (target) => {
    expectRefused(
      await ask('GET', target, { Origin: 'https://evil' }),
      /^Origin "https:\/\/evil" is another/,
    );
    expectRefused(await ask('GET', target, { 'Sec-Fetch-Site': 'cross-site' }), /^Sec-Fetch-Site is cross/);
  });

  test.each<Record<string, string>>([
    { Host: 'rebind.evil' },
    { Origin: 'https://evil' },
    { Origin: 'null' },
  ])('writes and removes nothing: %j', async (headers) => {
    await ask('POST', '/?key=kept&value=before');
    const form = { ...headers, 'Content-Type': 'text/plain' };
    const sent = await send(server.origin, 'POST', '/?key=kept', { headers: form, body: 'value=x' });
    expectRefused(sent, /./);
    expectRefused(await ask('POST', '/?key=kept&value=x', headers), /./);
    expectRefused(await ask('DELETE', '/?key=kept', headers), /./);
    expectRefused(await ask('OPTIONS', '/?key=kept', headers), /./);
    expect((await ask('GET', '/?key=kept')).json).toMatchObject({ value: 'before' });
  });

  test('that this server sent may ask it, as may whoever uses a name of ALLOWED_HOSTS', async () => {
    const { host } = new URL(server.origin);
    const headers = { Host: host, Origin: server.origin, 'Sec-Fetch-Site': 'same-origin' };
    expect((await ask('POST', '/?key=own&value=v', headers)).status).toBe(200);
    expect((await ask('GET', '/?key=own', { Host: 'cache.test' })).status).toBe(200);
    expect((await ask('GET', '/nodes', { Host: 'CACHE.test:80' })).status).toBe(200);
  });

  test('an absolute target does not hide the Host', async () => {
    const request = (target: string, host: string): string =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    for (const path of ['/?key=a', '/nodes']) {
      expect(await exchange(server.port, request(`http://rebind.evil${path}`, 'localhost'))).toMatch(/ 403 /);
      expect(await exchange(server.port, request(`http://localhost${path}`, 'rebind.evil'))).toMatch(/ 403 /);
      expect(await exchange(server.port, request(`http://localhost${path}`, 'localhost'))).toMatch(
        / (200|404) /,
      );
    }
  });

  test('Host is missing, or sent twice: 400', async () => {
    for (const path of ['/?key=a', '/nodes']) {
      const missing = await exchange(server.port, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`);
      expect(missing).toMatch(/^HTTP\/1\.1 400 [^]*"message":"Host is missing/);
      const twice = 'Host: localhost\r\nhost: rebind.evil\r\n';
      const repeated = await exchange(
        server.port,
        `GET ${path} HTTP/1.1\r\n${twice}Connection: close\r\n\r\n`,
      );
      expect(repeated).toMatch(/^HTTP\/1\.1 400 [^]*"message":"Host is repeated/);
      expect(await exchange(server.port, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (200|404) /);
    }
  });

  test('no answer is guessed to be anything but what it says, or shared with other sites', async () => {
    const targets = [...TARGETS, '/docs/swagger-ui-bundle.js', '/docs/nothing', '/?key=%zz'];
    for (const target of targets.filter((each) => each !== '/events')) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await ask(method, target);
        expect([target, headers['x-content-type-options']]).toEqual([target, 'nosniff']);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
    const events = await RawConnection.open(server.port);
    events.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await events.until(/^HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
    expect(head).toContain('X-Content-Type-Options: nosniff');
    events.socket.destroy();
    for (const bytes of [
      'NONSENSE\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: a\r\nConnection: close\r\n\r\n',
    ]) {
      expect(await exchange(server.port, bytes)).toContain('X-Content-Type-Options: nosniff');
    }
  });
});

describe.each([true, false])('with a password (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({ app: { lean }, env: { PASSWORD: 'secret', LOG_LEVEL: 'debug' } });
  });

  afterAll(() => server.stop());

  const ask = (target: string, headers = ''): Promise<string> =>
    exchange(
      server.port,
      `GET ${target} HTTP/1.1\r\nHost: cache.example\r\n${headers}Connection: close\r\n\r\n`,
    );

  test('any Host may be used', async () => {
    expect(await ask('/nodes')).toMatch(/^HTTP\/1\.1 401 /);
    expect(await ask('/nodes', 'Authorization: Bearer secret\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ...['/health/live', '/health/live/', '/health/live?x', '/health/live/?x=/', '/Health/Ready'],
    ...['http://cache.example/health/live', 'http://a:b@cache.example:80/health/ready/?x'],
  ])('%s is open', async (target) => {
    expect(await ask(target)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ...['/health', '/health/livex', '/health/live/x', '/nodes?/health/live', '/nodes#/health/live'],
    ...[
      '/nodes/../health/live',
      '/health/live/../../nodes',
      'http://cache.example/nodes?http://x/health/live',
    ],
    ...['http://cache.example/health/live/..%2f..%2fnodes', 'http://x/nodes/health/live', '//x/health/live'],
    ...['http:///nodes/http://x/health/live', '/?key=a&/health/live'],
  ])('%s is not', async (target) => {
    expect(await ask(target)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('what stands before the host of a target is not logged', async () => {
    await ask('http://somebody:hidden@cache.example/nodes?seen');
    const [line] = await server.printed(/GET http:\/\/cache\.example\/nodes 401 [^\n]*/);
    expect(line).not.toContain('hidden');
    expect(server.stdout).not.toMatch(/somebody|hidden/);
  });
});
