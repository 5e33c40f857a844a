import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAnswering } from './current-answer.ts';

let server: Server;
let client: Socket;
/** The server's end of the connection. */
let socket: Socket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  [socket] = (await connected) as [Socket];
});

afterEach(() => {
  client.destroy();
  server.close();
});

async function ask(): Promise<ServerResponse> {
  const asked = once(server, 'request');
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [, response] = (await asked) as [IncomingMessage, ServerResponse];
  return response;
}

async function begin(response: ServerResponse): Promise<void> {
  const arrived = once(client, 'data');
  response.write('a part');
  await arrived;
}

async function answer(response: ServerResponse): Promise<void> {
  const closed = once(response, 'close');
  response.end();
  await closed;
}

/** The same connection in a Node that has no `_httpMessage`. */
const without = ({ bytesWritten }: Socket): Socket => ({ bytesWritten }) as Socket;

test('Node has _httpMessage on sockets', async () => {
  const response = await ask();
  const during = Reflect.get(socket, '_httpMessage') === response;
  await answer(response);
  const after = Reflect.get(socket, '_httpMessage') === null;
  if (!during || !after) {
    throw new Error(
      `Node ${process.version} no longer has _httpMessage on sockets as it was: from now on a connection with an earlier answer is ` +
        'closed where what is no HTTP had an answer. See docs/adr/0013-private-interfaces.md.',
    );
  }
});

describe.each([
  ['with _httpMessage', (each: Socket) => each],
  ['without it', without],
])('isAnswering, %s', (_, seen) => {
  test('not before the first answer', async () => {
    expect(isAnswering(seen(socket))).toBe(false);
    await ask();
    expect(isAnswering(seen(socket))).toBe(false);
  });

  test('in the middle of one', async () => {
    await begin(await ask());
    expect(isAnswering(seen(socket))).toBe(true);
  });

  test('in the middle of the next one', async () => {
    await answer(await ask());
    await begin(await ask());
    expect(isAnswering(seen(socket))).toBe(true);
  });
});

test('not between two answers', async () => {
  await answer(await ask());
  expect(isAnswering(socket)).toBe(false);
  await ask();
  expect(isAnswering(socket)).toBe(false);
});

test('without _httpMessage for ever after the first answer, in doubt', async () => {
  await answer(await ask());
  expect(isAnswering(without(socket))).toBe(true);
});
