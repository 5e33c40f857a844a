import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The bytes of one command. */
export function command(...args: readonly string[]): Buffer {
  const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${bulks.join('')}`);
}

/** A client that sends what it likes, and reads or does not. */
export class StormClient {
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;
  #received = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // The server may close a client that goes too far. What goes on is the storm's business, not how it ends.
    this.#closed = once(
      socket.on('error', () => undefined),
      'close',
    );
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.length;
    });
  }

  static async connect(port: number): Promise<StormClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new StormClient(socket);
  }

  /** Reads no more. */
  stall(): void {
    this.#socket.pause();
  }

  /** Resolves when the system has taken over all of it, or the server has closed the connection. */
  async send(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return;
    await Promise.race([once(this.#socket, 'drain'), this.#closed]);
  }

  /** Sends without waiting for anything: to who reads nothing, and so may not take everything. */
  push(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Resolves when so many bytes were received since the beginning, or the server has closed the connection. */
  async received(bytes: number): Promise<void> {
    while (this.#received < bytes && !this.#socket.destroyed) {
      await Promise.race([once(this.#socket, 'data'), this.#closed]);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
