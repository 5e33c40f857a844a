import type { IncomingMessage, ServerResponse } from 'node:http';
import { PayloadTooLargeException } from '@nestjs/common';

/** The client went away before its request was complete: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * The whole body of a request, whatever its content type says. Holds at most `limit` bytes: a longer one is refused
 * when it is announced, or at the first byte too many.
 *
 * @throws PayloadTooLargeException over the limit @throws ClientGoneError when the client disconnects midway
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      reject(tooLarge(limit));
      return;
    }
    // The server leaves it to us whether a client that asks first may send its body (see `createHttpServer`).
    if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();

    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) finish(() => reject(tooLarge(limit)));
      else chunks.push(chunk);
    };
    const onEnd = (): void =>
      finish(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    const onGone = (): void => finish(() => reject(new ClientGoneError('The client disconnected midway.')));
    const finish = (settle: () => void): void => {
      // An 'error' follows 'close' or precedes it: its listener stays, so that it is never unheard.
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      settle();
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function tooLarge(limit: number): PayloadTooLargeException {
  return new PayloadTooLargeException(`value is over the limit of ${limit} bytes.`);
}
