import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LimitLog } from './limit-log.ts';

/**
 * Bounds the number of connections, and corrects what `closeIdleConnections` takes for idle. That one leaves a
 * connection on which nothing came yet, so that a stop waits for it, and cuts one whose answer is ended but has not
 * left. A server closes idle connections itself when it is closed: so the method is replaced.
 */
export function keepConnections(server: Server, maxConnections: number): void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });

  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    let sending = false;
    for (const socket of open) {
      if (isUnused(socket)) socket.destroy();
      else if (socket.writableLength > 0) sending = true;
    }
    // Whoever stops asks again soon, and cannot be done before this answer is.
    if (!sending) closeIdle();
  };

  server.maxConnections = maxConnections;
  const log = new LimitLog(
    (count) => `Refused ${count} connections: as many as MAX_CLIENTS allows, ${maxConnections}, are open.`,
  );
  server.on('drop', () => {
    log.add(1);
  });
}

/** Nothing came on this connection yet, as on one that a pool has opened in advance. */
export function isUnused(socket: Socket): boolean {
  return socket.bytesRead === 0;
}
