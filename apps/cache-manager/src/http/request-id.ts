import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

interface IdentifiedRequest extends IncomingMessage {
  requestId?: string;
}

/** Short, visible and without anything that could forge a log line. */
const SANE = /^[\x21-\x7e]{1,128}$/;

const prefix = `${randomBytes(6).toString('base64url')}-`;
let count = 0;

/** The request's id: its `X-Request-Id` if that is sane, else one that is unique to process and request. */
export function requestIdOf(request: IdentifiedRequest): string {
  if (request.requestId === undefined) {
    const given = request.headers['x-request-id'];
    request.requestId = typeof given === 'string' && SANE.test(given) ? given : prefix + String(++count);
  }
  return request.requestId;
}

/**
 * Whether the id has been mentioned, by the client or in a log line: only then is it of use in an answer. To make and send
 * one costs as much as the rest of what we do for a `get`.
 */
export function hasRequestId(request: IdentifiedRequest): boolean {
  return request.requestId !== undefined || request.headers['x-request-id'] !== undefined;
}
