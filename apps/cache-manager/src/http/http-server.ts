import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { HttpException } from '@nestjs/common';
import type { BufferBudget } from './buffer-budget.ts';
import { isUnused, keepConnections } from './connections.ts';
import { isAnswering } from './current-answer.ts';
import { answerError, errorJson } from './http-error.ts';
import type { HttpLimits } from './limits.ts';
import { inTurn } from './pipeline.ts';

/** A `node:http` server that holds its clients to the limits, and answers what never becomes a request in JSON too. */
export function createHttpServer(
  limits: HttpLimits,
  budget: BufferBudget,
  listener: RequestListener,
): Server {
  const { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval } =
    limits;
  const server = createServer({
    ...{ maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval },
    // The admission asks for it, and answers in JSON.
    requireHostHeader: false,
  });
  server.timeout = limits.stallTimeout;
  keepConnections(server, limits.maxConnections);
  server.on('request', inTurn(listener, budget));
  // Whoever reads the body says when to send it, so that a refused client never starts to.
  server.on('checkContinue', inTurn(listener, budget));
  server.on(
    'checkExpectation',
    inTurn((request, response) => {
      const refusal = new HttpException('The only expectation that can be met is 100-continue.', 417);
      answerError(request, response, refusal, limits.linger);
    }, budget),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuse(error, socket, limits.linger);
  });
  return server;
}

function refuse(error: NodeJS.ErrnoException, socket: Socket, linger: number): void {
  // Called again for each further chunk of a request that was refused: those are dropped.
  if (!socket.writable) return;
  // A connection that was opened in advance has nothing to be late with. The timeouts of its socket end it.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUnused(socket)) return;
  // Not in the middle of another answer, to an earlier request on this connection.
  if (error.code === 'ECONNRESET' || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const [status, reason, message] = explain(error);
  const json = errorJson(status, message);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `X-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(json)}\r\nConnection: close\r\n\r\n${json}`,
  );
  setTimeout(() => socket.destroy(), linger).unref();
}

function explain(error: NodeJS.ErrnoException): [status: number, reason: string, message: string] {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'Request Header Fields Too Large', 'Request line and headers are over the limit.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'Request Timeout', 'The request did not arrive in time.'];
    case 'HPE_INVALID_URL':
      return [400, 'Bad Request', 'The request target has characters that must be percent-encoded.'];
    default:
      return [400, 'Bad Request', 'This is not an HTTP request.'];
  }
}
