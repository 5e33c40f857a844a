import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

interface IdentifiedRequest extends IncomingMessage {
  requestId?: string;
}

/** Short, visible and without anything that could forge a log line. */
const SANE = /^[\x21-\x7e]{1,128}$/;

const prefix = `${randomBytes(6).toString('base64url')}-`;
let count = 0;

/** Gives the request an id: its `X-Request-Id` if that is sane, else one that is unique to process and request. */
export function identify(request: IdentifiedRequest): void {
  const given = request.headers['x-request-id'];
  request.requestId = typeof given === 'string' && SANE.test(given) ? given : prefix + String(++count);
}

/** The id that {@link identify} gave. */
export function requestIdOf(request: IdentifiedRequest): string {
  return request.requestId!;
}
