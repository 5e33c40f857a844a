import type { IncomingMessage } from 'node:http';

/** The target of a request, as it was sent. Node's type allows for messages without one, which a server never receives. */
export function targetOf({ url = '' }: IncomingMessage): string {
  return url;
}
