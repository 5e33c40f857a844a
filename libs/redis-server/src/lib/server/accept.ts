import { Socket, type Server } from 'node:net';

/** What an accepted socket is read through. Not part of Node's documented interface, so its presence is checked. */
interface StreamHandle {
  useUserBuffer?(buffer: Uint8Array): void;
}

interface WithHandle {
  _handle: StreamHandle | null;
}

/** Called for each connection; returns what its reads are given to: bytes that are valid during the call. */
export type OnConnection = (socket: Socket) => (bytes: Buffer, start: number, end: number) => void;

/**
 * Accepts connections that all read into one buffer (`onread`), which spares a Buffer and an event per read: a tenth of
 * the throughput of small commands. libuv reads and calls back in one step, so the buffer is never in use twice.
 *
 * Node offers `onread` for sockets that connect, and not for those that a server accepts. So the accepted handle is
 * given to a second socket before the first one has read from it; the server has to be made with `pauseOnConnect`. If a
 * later version of Node has no such handle, connections are read by 'data' events.
 */
export function acceptInto(server: Server, buffer: Buffer, onConnection: OnConnection): void {
  server.on('connection', (accepted: Socket) => {
    const holder = accepted as unknown as WithHandle;
    const handle = holder._handle;
    if (typeof handle?.useUserBuffer !== 'function') {
      const receive = onConnection(accepted);
      accepted.on('data', (bytes: Buffer) => {
        receive(bytes, 0, bytes.length);
      });
      accepted.resume();
      return;
    }
    holder._handle = null;
    // Without its handle this only takes the connection off the server's count.
    accepted.destroy();
    const socket = new Socket({
      handle,
      onread: {
        buffer,
        callback: (length: number): boolean => {
          receive(buffer, 0, length);
          return true;
        },
      },
      manualStart: true,
    } as ConstructorParameters<typeof Socket>[0]);
    const receive = onConnection(socket);
    socket.read(0);
  });
}
