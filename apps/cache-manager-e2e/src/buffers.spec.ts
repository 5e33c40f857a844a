import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const MIB = 2 ** 20;
const CLIENTS = 120;
/** Of memory: what is kept, and what the collector has not taken yet. All of them would keep 960 MiB. */
const BOUND = 600 * MIB;

describe.each([true, false])('clients that stand still (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeEach(async () => {
    server = await ServerProcess.start({ app: { lean, limits: { maxBuffered: 64 * MIB } } });
  });

  afterEach(async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe('');
  });

  test('120 uploads of 8 MB that are not finished: the oldest are 503, and others can go on', async () => {
    const before = server.peakMemory();
    const body = Buffer.alloc(8 * MIB - 1, 'x');
    const stalled: RawConnection[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const upload = await RawConnection.open(server.port);
      upload.write(
        `POST /?key=u${i} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length + 1}\r\n\r\n`,
      );
      upload.write(body);
      // One that makes room for others before it was sent whole never drains.
      await Promise.race([once(upload.socket, 'drain').catch(() => undefined), upload.closed]);
      stalled.push(upload);
    }
    const honest = await send(server.origin, 'POST', '/?key=honest', { body });
    expect(honest.status).toBe(200);

    const refused = stalled.filter(({ received }) => received !== '');
    expect(refused.length).toBeGreaterThanOrEqual(CLIENTS - 10);
    for (const { received } of refused) {
      expect(received).toMatch(
        /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n[^]*Too much is being sent at once/,
      );
    }
    await server.printed(/over 67108864 bytes: cut off \d+ connections/);
    expect(server.stdout.match(/cut off/g)).toHaveLength(1);
    expect(server.peakMemory() - before).toBeLessThan(BOUND);
    for (const { socket } of stalled) socket.destroy();
  });

  test('120 that do not read an answer of 8 MB: most lose it, and others get theirs', async () => {
    const body = Buffer.alloc(8 * MIB - 1, 'x');
    const stored = await send(server.origin, 'POST', '/?key=large', { body });
    const before = server.peakMemory();
    const stuck: RawConnection[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const reader = await RawConnection.open(server.port);
      reader.write('GET /?key=large HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(reader.socket, 'data');
      reader.socket.pause();
      stuck.push(reader);
    }
    expect((await send(server.origin, 'GET', '/?key=large')).text).toBe(stored.text);
    expect(server.peakMemory() - before).toBeLessThan(BOUND);

    let whole = 0;
    for (const reader of stuck) {
      if (await isComplete(reader, stored.text)) whole++;
      reader.socket.destroy();
    }
    expect(whole).toBeLessThanOrEqual(10);
    expect(whole).toBeGreaterThan(0);
  });
});

/** Reads the rest of the answer; false when the connection ends before. */
async function isComplete(reader: RawConnection, text: string): Promise<boolean> {
  const { socket, closed } = reader;
  // Looks at the end of each piece: looking at all that came took most of the test's time.
  const complete = new Promise<void>((resolve) => {
    const look = (piece: string): void => {
      if (piece.endsWith('}')) resolve();
    };
    socket.on('data', look);
    look(reader.received);
  });
  socket.resume();
  await Promise.race([complete, closed]);
  return reader.received.endsWith(text);
}
