import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

describe.each([true, false])('a client that is too slow (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeAll(async () => {
    const limits = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 20, linger: 100 };
    server = await ServerProcess.start({ app: { lean, limits } });
  });

  afterAll(() => server.stop());

  test('with its headers is answered 408 and loses its connection', async () => {
    const connection = await RawConnection.open(server.port);
    connection.write('GET /?key=a HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    await connection.closed;
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*"statusCode":408/);
  });

  test('with its body is answered 408, and nothing is stored', async () => {
    const connection = await RawConnection.open(server.port);
    connection.write('POST /?key=slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
    await connection.closed;
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*"statusCode":408/);
    expect((await send(server.origin, 'GET', '/?key=slow')).status).toBe(404);
  });

  test('that goes on sending what was refused loses its connection', async () => {
    const connection = await RawConnection.open(server.port);
    connection.write('POST /?key=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n');
    await connection.until(/^HTTP\/1\.1 413 /);
    await connection.closed;
  });
});
