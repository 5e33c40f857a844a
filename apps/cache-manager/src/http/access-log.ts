import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { requestIdOf } from './request-id.ts';
import { targetOf } from './target.ts';

const logger = new Logger('Access');

/** Longest piece of a key in a log line. */
const MAX_KEY = 128;

/** Writes a debug line when the request is over. It shows the key as it was sent, and never a value. */
export function logAccess(request: IncomingMessage, response: ServerResponse): void {
  const start = performance.now();
  const { method } = request;
  const target = targetOf(request);
  const id = requestIdOf(request);
  response.once('close', () => {
    const outcome = response.writableFinished ? response.statusCode : 'aborted';
    const time = (performance.now() - start).toFixed(1);
    logger.debug(`${method} ${withoutValues(target)} ${outcome} ${time} ms, request ${id}`);
  });
}

/** In front of the host of an absolute target: who somebody is, and a password. */
const USERINFO = /^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i;

/** Path and key of a request target. */
function withoutValues(target: string): string {
  const [path = '', query = ''] = target.replace(USERINFO, '$1').split(/[?#]/, 2);
  const key = query.split('&').find((pair) => pair.startsWith('key='));
  if (key === undefined) return path;
  return `${path}?${key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}...` : key}`;
}
