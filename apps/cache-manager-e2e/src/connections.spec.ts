import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const GET = 'GET /?key=none HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A connection that was let in: its first request is answered. */
async function letIn(server: ServerProcess): Promise<RawConnection> {
  const connection = await RawConnection.open(server.port);
  connection.write(GET);
  await connection.until(/^HTTP\/1\.1 404 /);
  return connection;
}

describe('MAX_CLIENTS', () => {
  test('bounds the connections of HTTP, and the log says so once', async () => {
    const server = await ServerProcess.start({ env: { MAX_CLIENTS: '2' } });
    const first = await letIn(server);
    const second = await letIn(server);
    for (let i = 0; i < 10; i++) {
      const refused = await RawConnection.open(server.port);
      await refused.closed;
      expect(refused.received).toBe('');
    }
    await server.printed(/Refused 1 connections: as many as MAX_CLIENTS allows, 2, are open/);

    first.socket.destroy();
    for (;;) {
      // Until the server has noticed.
      const next = await RawConnection.open(server.port);
      next.write(GET);
      const answered = next.until(/^HTTP\/1\.1 404 /).then(() => true);
      if (await Promise.race([answered, next.closed.then(() => false)])) break;
      answered.catch(() => undefined);
    }
    second.write(GET);
    await second.until(/(HTTP\/1\.1 404 [^]*){2}/);
    await server.stop();
    expect(server.stdout.match(/Refused/g)).toHaveLength(1);
  });

  test('bounds Redis clients by themselves', async () => {
    const server = await ServerProcess.start({ env: { MAX_CLIENTS: '1', RESP_PORT: '0' } });
    await letIn(server);
    const port = await server.respPort();
    const client = await RawConnection.open(port);
    client.write('PING\r\n');
    await client.until(/^\+PONG\r\n/);
    const refused = await RawConnection.open(port);
    await refused.closed;
    expect(refused.received).toMatch(/^-ERR max number of clients reached\r\n/);
    client.socket.destroy();
    await server.stop();
  });
});

describe.each([true, false])('a connection that was opened in advance (lean: %s)', (lean) => {
  const limits = { headersTimeout: 100, connectionsCheckingInterval: 20 };

  test('may stay silent for longer than a request may take, and is served then', async () => {
    const server = await ServerProcess.start({ app: { lean, limits } });
    const silent = await RawConnection.open(server.port);
    for (let i = 0; i < 3; i++) {
      const late = await RawConnection.open(server.port);
      late.write('GET / HTTP/1.1\r\nX-Slow: ');
      await late.closed;
      expect(late.received).toMatch(/^HTTP\/1\.1 408 /);
    }
    expect(silent.received).toBe('');
    silent.write(GET);
    await silent.until(/^HTTP\/1\.1 404 /);
    await server.stop();
  });

  test('gets 408 for a request that it begins then and does not finish', async () => {
    const server = await ServerProcess.start({ app: { lean, limits } });
    const connection = await RawConnection.open(server.port);
    const late = await RawConnection.open(server.port);
    late.write('GET / HTTP/1.1\r\nX-Slow: ');
    await late.closed;
    connection.write('GET / HTTP/1.1\r\nX-Slow: ');
    await connection.closed;
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 /);
    await server.stop();
  });

  test('is closed without a word in the end', async () => {
    const server = await ServerProcess.start({ app: { lean, limits: { ...limits, stallTimeout: 300 } } });
    const connection = await RawConnection.open(server.port);
    await connection.closed;
    expect(connection.received).toBe('');
    await server.stop();
  });

  test('does not hold up a stop, nor does one between requests', async () => {
    // Longer than the test may take.
    const server = await ServerProcess.start({ app: { lean, limits: { stopGrace: 3_600_000 } } });
    const unused = Array.from({ length: 20 }, () =>
      connect(server.port, '127.0.0.1').on('error', () => undefined),
    );
    await Promise.all(unused.map((socket) => once(socket, 'connect')));
    const agent = new Agent({ keepAlive: true });
    await send(server.origin, 'GET', '/nodes', { agent });
    await letIn(server);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    agent.destroy();
    for (const socket of unused) socket.destroy();
  });

  test('a stop does not cut off an answer that has not left yet', async () => {
    const server = await ServerProcess.start({ app: { lean } });
    const stored = await send(server.origin, 'POST', '/?key=large', { body: 'v'.repeat(8_000_000) });
    const reader = await RawConnection.open(server.port);
    reader.write('GET /?key=large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(reader.socket, 'data');
    reader.socket.pause();
    server.signal('SIGTERM');
    await server.printed(/stopping/);
    reader.socket.resume();
    await reader.closed;
    expect(reader.received.endsWith(stored.text)).toBe(true);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});
