import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

describe.each([true, false])('events (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({ app: { lean, limits: { heartbeat: 30 } } });
  });

  afterAll(() => server.stop());

  async function listen(): Promise<RawConnection> {
    const connection = await RawConnection.open(server.port);
    connection.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await connection.until(/^HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
    expect(head).toContain('Content-Type: text/event-stream');
    return connection;
  }

  test('an invalidation is streamed as it happens, to every client', async () => {
    const clients = [await listen(), await listen()];
    await send(server.origin, 'POST', '/?key=%C3%A9&value=v');
    for (const client of clients) {
      const [, json] = await client.until(
        /event: cache_invalidation\nid: \d+\ndata: (.*"key":"\u00c3\u00a9".*)\n/,
      );
      expect(JSON.parse(Buffer.from(json!, 'latin1').toString('utf8'))).toMatchObject({
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
});
