import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const HALF_REQUEST =
  'POST /?key=late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n';

/** A request that the server has begun to work on: it waits for the body. */
async function beginRequest(server: ServerProcess): Promise<RawConnection> {
  const connection = await RawConnection.open(server.port);
  connection.write(HALF_REQUEST);
  await connection.until(/100 Continue/);
  return connection;
}

/** Resolves when nobody listens any more. Until then a connection may still be made, and is closed without an answer. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    let error: NodeJS.ErrnoException | undefined;
    let answered = false;
    socket.on('error', (reason) => (error = reason)).on('data', () => (answered = true));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answered).toBe(false);
    if (error?.code === 'ECONNREFUSED') return;
  }
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  test('a request in flight is answered, new connections are refused, and the exit code is 0', async () => {
    const server = await ServerProcess.start();
    const idle = new Agent({ keepAlive: true });
    await send(server.origin, 'GET', '/health/live', { agent: idle });
    const events = await RawConnection.open(server.port);
    events.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await events.until(/200 OK[^]*\r\n\r\n/);
    const inFlight = await beginRequest(server);

    server.signal(signal);
    await server.printed(/stopping/);
    await events.closed;
    await refused(server.port);

    inFlight.write('0123456789');
    await inFlight.until(/HTTP\/1\.1 200 OK[^]*"value":"0123456789"/);
    await inFlight.closed;
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe('');
    idle.destroy();
  });

  test('a second one ends the process at once', async () => {
    const server = await ServerProcess.start();
    await beginRequest(server);
    server.signal(signal);
    await server.printed(/stopping/);
    const ended = server.exited.then(() => true);
    // Those that come right after the first one belong to it.
    while (!(await Promise.race([ended, setImmediate(false)]))) server.signal(signal);
    expect(await server.exited).toEqual({ code: 1, signal: null });
  });
});

describe('a stop', () => {
  test.each([true, false])(
    'does not wait for ever for a client that does not finish (lean: %s)',
    async (lean) => {
      const server = await ServerProcess.start({ app: { lean, limits: { stopGrace: 100 } } });
      const stuck = await beginRequest(server);
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      await stuck.closed;
    },
  );

  test.each([true, false])('ends a connection that always has a next request (lean: %s)', async (lean) => {
    const server = await ServerProcess.start({ app: { lean } });
    const busy = await beginRequest(server);
    server.signal('SIGTERM');
    await server.printed(/stopping/);
    busy.write('0123456789' + 'GET /?key=next HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    await busy.closed;
    const answers = busy.received.split('HTTP/1.1 ').slice(2);
    expect(answers).toEqual([
      expect.stringMatching(/^200 [^]*"value":"0123456789"/),
      expect.stringMatching(/^404 [^]*\r\nConnection: close\r\n/),
    ]);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});
