import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

describe.each([true, false])('events (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({ app: { lean, limits: { heartbeat: 30 } } });
  });

  afterAll(() => server.stop());

  async function listen({ port } = server): Promise<RawConnection> {
    const connection = await RawConnection.open(port);
    connection.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await connection.until(/^HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
    expect(head).toContain('Content-Type: text/event-stream');
    return connection;
  }

  test('an invalidation is streamed as it happens, to every client', async () => {
    const clients = [await listen(), await listen()];
    await send(server.origin, 'POST', '/?key=%C3%A9&value=v');
    for (const client of clients) {
      const [, json = ''] = await client.until(
        /event: cache_invalidation\nid: \d+\ndata: (.*"key":"\u00c3\u00a9".*)\n/,
      );
      expect(JSON.parse(Buffer.from(json, 'latin1').toString('utf8'))).toMatchObject({
        node: expect.stringMatching(/^node-\d$/),
        incarnation: expect.any(String),
        sequence: expect.any(Number),
        entries: [
          {
            slot: expect.any(Number),
            key: 'é',
            version: { epoch: expect.any(Number), counter: expect.any(Number) },
          },
        ],
      });
      client.socket.destroy();
    }
  });

  test('a silent stream shows that it lives', async () => {
    const client = await listen();
    await client.until(/: alive\n\n[^]*: alive\n\n/);
    client.socket.destroy();
  });

  test('a client that reads misses nothing of a storm of writes, whoever else does not read', async () => {
    const busy = await ServerProcess.start({ app: { lean }, env: { RESP_PORT: '0' } });
    const respPort = await busy.respPort();
    const stuck = [await listen(busy), await listen(busy), await listen(busy)];
    for (const { socket } of stuck) socket.pause();
    const reader = await listen(busy);
    const counter = new EntryCounter();
    reader.socket.removeAllListeners('data').on('data', (text: string) => counter.take(text));

    const writers = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(respPort)));
    let sent = 0;
    for (const { socket } of writers) {
      // Each waits for its answer, so that many messages of few entries are made.
      const write = (): unknown => sent < WRITES && socket.write(`SET storm:${sent++} v\r\n`);
      socket.removeAllListeners('data').on('data', write);
      write();
    }
    while (counter.entries < WRITES && counter.overflows === 0) await once(reader.socket, 'data');
    expect(counter).toMatchObject({ entries: WRITES, overflows: 0 });
    for (const { socket } of [...stuck, reader, ...writers]) socket.destroy();
    await busy.stop();
  });
});

const WRITES = 60_000;

/** Counts what the events of a stream tell of, and keeps none. */
class EntryCounter {
  entries = 0;
  overflows = 0;
  private rest = '';

  take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'event: overflow') this.overflows++;
      this.entries += line.match(/"key":"storm:/g)?.length ?? 0;
    }
  }
}
