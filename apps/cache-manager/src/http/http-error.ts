import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { CacheError } from '@distributed-cache/cache';
import { HttpException, HttpStatus, Logger } from '@nestjs/common';
import { ClientGoneError } from '../cache/body.ts';
import { answerAndClose, answerJson, type RawHeaders } from './answer.ts';
import { requestIdOf } from './request-id.ts';

/** What an error of the cache, by its code, is to an HTTP client. */
export const STATUS_OF: ReadonlyMap<string, HttpStatus> = new Map([
  ['INVALID_ARGUMENT', HttpStatus.BAD_REQUEST],
  ['KEY_TOO_LONG', HttpStatus.PAYLOAD_TOO_LARGE],
  ['VALUE_TOO_LARGE', HttpStatus.PAYLOAD_TOO_LARGE],
  ['ENTRY_TOO_LARGE', HttpStatus.PAYLOAD_TOO_LARGE],
  ['NO_DATA_NODE', HttpStatus.SERVICE_UNAVAILABLE],
  ['DATA_NODE_UNAVAILABLE', HttpStatus.SERVICE_UNAVAILABLE],
  ['OPERATION_TIMED_OUT', HttpStatus.SERVICE_UNAVAILABLE],
  ['MANAGER_CLOSED', HttpStatus.SERVICE_UNAVAILABLE],
]);

/** What else a client is told, by status. */
const HEADERS_OF: ReadonlyMap<number, RawHeaders> = new Map<number, RawHeaders>([
  // Seconds after which it may try again: about what it takes to notice a lost data node.
  [HttpStatus.SERVICE_UNAVAILABLE, ['Retry-After', '1']],
  [HttpStatus.METHOD_NOT_ALLOWED, ['Allow', 'GET, POST, DELETE']],
  [HttpStatus.UNAUTHORIZED, ['WWW-Authenticate', 'Bearer realm="distributed-cache"']],
]);

const UNEXPECTED: number = HttpStatus.INTERNAL_SERVER_ERROR;

const logger = new Logger('Http');

/** The one place where an error becomes an answer, whichever way the request came in. */
export function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  linger: number,
): void {
  if (error instanceof ClientGoneError || response.destroyed) return;
  const { status, json, headers } = describe(error);
  if (status === UNEXPECTED) {
    logger.error(
      `Request ${requestIdOf(request)} failed`,
      error instanceof Error ? error.stack : String(error),
    );
  }
  if (response.headersSent) response.destroy();
  else if (isSending(request)) answerAndClose(request, response, status, json, headers, linger);
  else answerJson(response, status, json, headers);
}

/** Nest's shape of an error, in its order. */
export function errorJson(status: number, message: unknown): string {
  return JSON.stringify({ statusCode: status, error: STATUS_CODES[status] ?? 'Error', message });
}

interface ErrorAnswer {
  readonly status: number;
  readonly json: string;
  readonly headers: RawHeaders;
}

function describe(error: unknown): ErrorAnswer {
  const cacheStatus = error instanceof CacheError ? STATUS_OF.get(error.code) : undefined;
  if (cacheStatus !== undefined) {
    const json = errorJson(cacheStatus, (error as CacheError).message);
    return { status: cacheStatus, json, headers: headersOf(cacheStatus) };
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    const body = error.getResponse();
    // A health check answers with a report of its own shape.
    const report = typeof body === 'object' && !('statusCode' in body);
    const json = report ? JSON.stringify(body) : errorJson(status, messageOf(body));
    return { status, json, headers: headersOf(status) };
  }
  const json = errorJson(UNEXPECTED, 'Something went wrong; the log says more.');
  return { status: UNEXPECTED, json, headers: [] };
}

function messageOf(body: string | object): unknown {
  return typeof body === 'string' ? body : (body as { message?: unknown }).message;
}

function headersOf(status: number): RawHeaders {
  return HEADERS_OF.get(status) ?? [];
}

/** Whether the client has announced a body of which we have not seen the end. */
function isSending(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(length ?? 0) > 0;
}
