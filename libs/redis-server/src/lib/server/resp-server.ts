import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { errorReply } from '@distributed-cache/resp';
import { acceptInto } from './accept.ts';
import { Connection, CUT_OFF } from './connection.ts';
import type { ServerState } from './server-state.ts';

/** Bytes read at once. */
const READ_BUFFER = 64 * 1024;
const IDLE_CHECK_INTERVAL = 1000;

const TOO_MANY_CLIENTS = errorReply('ERR max number of clients reached');

/** Accepts Redis clients on a TCP port. */
export class RespServer {
  readonly state: ServerState;
  readonly #server: Server;
  /** Those of clients that were turned away have no connection. */
  readonly #sockets = new Map<Socket, Connection | undefined>();
  #cancelIdleCheck: (() => void) | undefined;

  constructor(state: ServerState) {
    this.state = state;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true });
    acceptInto(this.#server, Buffer.allocUnsafeSlow(READ_BUFFER), (socket) => this.#onConnection(socket));
  }

  /** @param port 0 for any that is free. Rejects with the error of `listen`. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 511 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    this.state.settings.host = host;
    this.state.settings.port = address.port;
    this.#checkIdleClients();
    return address;
  }

  /**
   * Accepts nobody any more, and closes each connection when its answers under way are sent; at once when that takes
   * longer than `timeout` milliseconds.
   */
  async close(timeout = 1000): Promise<void> {
    this.#cancelIdleCheck?.();
    const listening = this.#server.listening;
    const closed = new Promise<void>((resolve) => {
      if (listening) this.#server.close(() => resolve());
      else resolve();
    });
    const gone = [...this.#sockets].map(
      ([socket, connection]) =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          if (connection === undefined) socket.destroySoon();
          else connection.finish();
        }),
    );
    const cancel = this.state.clock.schedule(timeout, () => {
      for (const socket of this.#sockets.keys()) socket.destroy(CUT_OFF);
    });
    await Promise.all([closed, ...gone]);
    cancel();
    this.state.close();
  }

  #onConnection(socket: Socket): (bytes: Buffer, start: number, end: number) => void {
    const { statistics, settings, sessions } = this.state;
    this.#sockets.set(socket, undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
    });
    socket.setNoDelay(true);
    if (settings.tcpKeepAlive > 0) socket.setKeepAlive(true, settings.tcpKeepAlive * 1000);
    statistics.connections++;
    if (sessions.size >= settings.maxClients) {
      statistics.rejectedConnections++;
      socket.on('error', () => undefined);
      socket.end(TOO_MANY_CLIENTS);
      return () => undefined;
    }
    const connection = new Connection(socket, this.state);
    this.#sockets.set(socket, connection);
    return (bytes, start, end) => {
      connection.receive(bytes, start, end);
    };
  }

  #checkIdleClients(): void {
    this.#cancelIdleCheck = this.state.clock.schedule(IDLE_CHECK_INTERVAL, () => {
      const { settings, clock, sessions } = this.state;
      if (settings.timeout > 0) {
        const oldest = clock.now() - settings.timeout * 1000;
        for (const session of sessions.values()) {
          if (session.lastActive < oldest && session.subscriptions === 0) session.disconnect();
        }
      }
      this.#checkIdleClients();
    });
  }
}
