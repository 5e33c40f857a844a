import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RawConnection, send } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const MIB = 2 ** 20;
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe.each([true, false])('requests that do not wait for answers (lean: %s)', (lean) => {
  let server: ServerProcess;

  beforeEach(async () => {
    server = await ServerProcess.start({ app: { lean } });
  });

  afterEach(async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe('');
  });

  test('150 for a value of 8 MB: each is answered, and only one answer is in memory', async () => {
    const value = Buffer.alloc(8 * MIB - 1, 'v');
    const stored = await send(server.origin, 'POST', '/?key=b', { body: value });
    expect(stored.status).toBe(200);
    const before = server.peakMemory();

    const { socket } = await RawConnection.open(server.port);
    socket.removeAllListeners('data').setEncoding();
    const counter = new AnswerCounter(stored.text.length);
    socket.on('data', (chunk: string) => counter.take(Buffer.from(chunk)));
    socket.write(get('/?key=b').repeat(150));
    while (counter.answers < 150) await once(socket, 'data');
    expect(server.peakMemory() - before).toBeLessThan(400 * MIB);
    socket.destroy();
  });

  test('700 for a value of 8 MB, and nothing is read: one answer waits, the others are not made', async () => {
    await send(server.origin, 'POST', '/?key=b', { body: Buffer.alloc(8 * MIB - 1, 'v') });
    const before = server.peakMemory();
    const connection = await RawConnection.open(server.port);
    connection.socket.pause();
    connection.write(get('/?key=b').repeat(700));
    connection.write(get('/?key=b').repeat(100_000));
    for (let i = 0; i < 100; i++) await send(server.origin, 'GET', '/?key=other');
    expect(server.peakMemory() - before).toBeLessThan(100 * MIB);
    connection.socket.destroy();
  });

  test('1,200 for a file, and the client leaves: nothing stays open', async () => {
    await send(server.origin, 'GET', '/docs/swagger-ui-bundle.js');
    const before = server.openFiles();
    const connection = await RawConnection.open(server.port);
    connection.write(get('/docs/swagger-ui-bundle.js').repeat(1_200));
    await connection.until(/HTTP\/1\.1 200 OK/);
    expect(server.openFiles()).toBeLessThanOrEqual(before + 2);
    connection.socket.resetAndDestroy();
    while (server.openFiles() > before) await setImmediate();
  });

  test('with bodies, and Expect, are run in order', async () => {
    const connection = await RawConnection.open(server.port);
    const post = (value: string, more = ''): string =>
      `POST /?key=turn HTTP/1.1\r\nHost: localhost\r\n${more}Content-Length: ${value.length}\r\n\r\n${value}`;
    const large = 'x'.repeat(300_000);
    connection.write(
      [
        ...[post('1'), get('/?key=turn'), post(large), get('/nodes'), get('/?key=turn')],
        ...[post('3', 'Expect: 100-continue\r\n'), get('/?key=turn'), get('/health/live')],
        'DELETE /?key=turn HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      ].join(''),
    );
    await connection.closed;
    const bodies = [...connection.received.matchAll(/\r\n\r\n(\{.*?\}|\[.*?\])(?=HTTP|$)/g)].map(
      ([, json = '']) => JSON.parse(json) as { value?: string; status?: string },
    );
    expect(bodies.map((body) => body.value ?? body.status ?? 'other')).toEqual([
      ...['1', '1', large, 'other', large, '3', '3', 'ok', 'other'],
    ]);
  });

  test('thousands of small ones are all answered', async () => {
    const connection = await RawConnection.open(server.port);
    const last = 'GET /?key=last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    connection.write(get('/?key=none').repeat(20_000) + last);
    await connection.closed;
    expect(connection.received.match(/HTTP\/1\.1 404/g)).toHaveLength(20_001);
  });
});

/** Counts whole answers of `length` bytes each, whose bytes it does not keep. */
class AnswerCounter {
  answers = 0;
  private head = '';
  private left = 0;

  constructor(private readonly length: number) {}

  take(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.left > 0) {
        const part = Math.min(this.left, chunk.length - position);
        this.left -= part;
        position += part;
        if (this.left === 0) this.answers++;
        continue;
      }
      this.head += chunk.toString('latin1', position, position + 1);
      position++;
      if (!this.head.endsWith('\r\n\r\n')) continue;
      expect(this.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(this.head).toContain(`Content-Length: ${this.length}\r\n`);
      this.head = '';
      this.left = this.length;
    }
  }
}
