import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf } from './request-id.ts';

/** Further headers of an answer: name, value, name, value... */
export type RawHeaders = readonly string[];

const NONE: RawHeaders = [];

/** Sends the whole answer. Headers go as one array and the body as one string, so that both leave in one write. */
export function answerJson(response: ServerResponse, status: number, json: string, headers = NONE): void {
  const length = Buffer.byteLength(json);
  response.writeHead(status, jsonHeaders(response, length, headers));
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
  response.writeHead(status, jsonHeaders(response, Buffer.byteLength(json), headers));
  response.write(json);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, linger);
  request.once('end', end).once('close', end).resume();
}

function jsonHeaders(response: ServerResponse, length: number, headers: RawHeaders): string[] {
  const all = [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(length),
    'X-Request-Id',
    requestIdOf(response.req),
  ];
  return headers.length === 0 ? all : all.concat(headers);
}
