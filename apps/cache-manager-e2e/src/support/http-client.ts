import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { must } from '@distributed-cache/test-kit';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** One request with the target exactly as given, and its whole answer. */
export async function send(
  origin: string,
  method: string,
  target: string,
  { headers, body, agent }: RequestOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const request = httpRequest({ hostname, port, method, path: target, headers, agent: agent ?? false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = await textOf(response);
  return {
    status: must(response.statusCode),
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

export async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A connection on which a test says byte by byte what goes over the wire. */
export class RawConnection {
  received = '';
  readonly closed: Promise<unknown>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text) => (this.received += String(text)));
    // A reset is one way for the server to close.
    this.closed = new Promise((resolve) => socket.once('close', resolve).on('error', resolve));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when what was received matches; rejects when the connection ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.received);
        if (match !== null) resolve(match);
      };
      this.socket.on('data', look);
      this.socket.once('close', () => reject(new Error(`Closed after: ${this.received.slice(0, 500)}`)));
      look();
    });
  }
}

/** Writes `bytes` on a connection of their own and returns all that comes back until the server closes it. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const connection = await RawConnection.open(port);
  connection.write(bytes);
  await connection.closed;
  return connection.received;
}
