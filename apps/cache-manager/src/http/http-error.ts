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

/** Seconds after which a client may try again: about what it takes to notice a lost data node. */
const RETRY_AFTER: RawHeaders = ['Retry-After', '1'];

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
  if (status === HttpStatus.INTERNAL_SERVER_ERROR) {
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
  const status = HttpStatus.INTERNAL_SERVER_ERROR;
  return { status, json: errorJson(status, 'Something went wrong; the log says more.'), headers: [] };
}

function messageOf(body: string | object): unknown {
  return typeof body === 'string' ? body : (body as { message?: unknown }).message;
}

function headersOf(status: number): RawHeaders {
  switch (status) {
    case HttpStatus.SERVICE_UNAVAILABLE:
      return RETRY_AFTER;
    case HttpStatus.METHOD_NOT_ALLOWED:
      return ['Allow', 'GET, POST, DELETE'];
    case HttpStatus.UNAUTHORIZED:
      return ['WWW-Authenticate', 'Bearer realm="distributed-cache"'];
    default:
      return [];
  }
}

/** Whether the client has announced a body of which we have not seen the end. */
function isSending(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(length ?? 0) > 0;
}
