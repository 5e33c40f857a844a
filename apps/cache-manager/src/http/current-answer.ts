import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Not part of Node's documented interface (ADR 13): the response that has the connection. */
interface HttpSocket extends Socket {
  /** Null between answers. Absent before the first one, and in a Node that no longer has it. */
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * Whether the connection is in the middle of an answer, so that nothing else may be written on it. Without `_httpMessage`
 * whatever was written may have been a part of one: then a connection counts as busy from its first answer on.
 */
export function isAnswering(socket: Socket): boolean {
  const { _httpMessage: current } = socket as HttpSocket;
  if (current === undefined) return socket.bytesWritten > 0;
  return current?.headersSent === true;
}
