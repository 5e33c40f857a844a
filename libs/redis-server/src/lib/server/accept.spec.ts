import { once } from 'node:events';
import { connect, createServer, type Socket, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { acceptInto } from './accept.ts';

/** The handle of a socket, of which Node documents nothing. */
interface Handle {
  useUserBuffer?: unknown;
}

const handleOf = (socket: Socket): Handle | null => (socket as unknown as { _handle: Handle | null })._handle;

describe.each([
  ['with useUserBuffer', true],
  ['without it, as a later Node may be', false],
])('connections are accepted %s', (_, withInterface) => {
  const buffer = Buffer.alloc(1024);
  let server: Server;
  let client: Socket;
  let received: string;
  let intoBuffer: boolean[];
  let accepted: Socket;

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true });
    received = '';
    intoBuffer = [];
    // Before the one of `acceptInto`, which looks for the interface.
    server.on('connection', (socket: Socket) => {
      if (!withInterface) Object.defineProperty(handleOf(socket), 'useUserBuffer', { value: undefined });
    });
    acceptInto(server, buffer, (socket) => {
      accepted = socket;
      return (bytes, start, end) => {
        received += bytes.toString('latin1', start, end);
        intoBuffer.push(bytes === buffer);
        socket.write(bytes.subarray(start, end));
      };
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(client, 'connect');
  });

  afterEach(async () => {
    client.destroy();
    accepted.destroy();
    server.close();
    await once(server, 'close');
  });

  test('and what they send is read, and answered', async () => {
    let answer = '';
    for (const part of ['first', 'second', 'x'.repeat(3000)]) {
      client.write(part);
      const expected = answer.length + part.length;
      while (answer.length < expected) answer += String((await once(client, 'data'))[0]);
    }
    expect(received).toBe(`firstsecond${'x'.repeat(3000)}`);
    expect(answer).toBe(received);
    expect(new Set(intoBuffer)).toEqual(new Set([withInterface]));
  });

  test('and their end is noticed', async () => {
    client.write('bye');
    await once(client, 'data');
    const ended = once(accepted, 'close');
    client.end();
    accepted.end();
    await ended;
    expect(received).toBe('bye');
  });
});

test('this Node has the interface', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const found = typeof handleOf(socket)?.useUserBuffer;
  client.destroy();
  socket.destroy();
  server.close();
  if (found !== 'function') {
    throw new Error(
      `Node ${process.version} no longer has useUserBuffer on the handles of sockets: it is ${found}. ` +
        "Each read of a Redis client's connection now makes a Buffer, and small commands are slower. " +
        'See docs/adr/0013-private-interfaces.md.',
    );
  }
});
