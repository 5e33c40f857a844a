import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasRequestId, requestIdOf } from './request-id.ts';

/** Further headers of an answer: name, value, name, value... */
export type RawHeaders = readonly string[];

const NONE: RawHeaders = [];

/** Sends the whole answer. Headers go as one array and the body as one string, so that both leave in one write. */
export function answerJson(response: ServerResponse, status: number, json: string, headers = NONE): void {
  const length = Buffer.byteLength(json);
  response.writeHead(status, jsonHeaders(response, status, length, headers));
  // As many bytes as characters: ASCII, which is sent faster under the name of an encoding of one byte a character.
  response.end(json, length === json.length ? 'latin1' : 'utf8');
}

/**
 * Answers a client that may still be sending a body that nobody wants, and closes the connection. Closing at once
 * would reset it: the answer, still on its way, would be lost. So the answer leaves complete, what arrives meanwhile
 * is dropped, and the connection ends when the client is done, or after `linger` milliseconds.
 */
export function answerAndClose(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  json: string,
  headers: RawHeaders,
  linger: number,
): void {
  response.shouldKeepAlive = false;
  response.writeHead(status, jsonHeaders(response, status, Buffer.byteLength(json), headers));
  response.write(json);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, linger);
  request.once('end', end).once('close', end).resume();
}

function jsonHeaders(
  response: ServerResponse,
  status: number,
  length: number,
  headers: RawHeaders,
): string[] {
  const all = [
    'Content-Type',
    'application/json; charset=utf-8',
    'X-Content-Type-Options',
    'nosniff',
    'Content-Length',
    String(length),
  ];
  const { req: request } = response;
  if (status >= 400 || hasRequestId(request)) all.push('X-Request-Id', requestIdOf(request));
  return headers.length === 0 ? all : all.concat(headers);
}
