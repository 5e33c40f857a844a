import type { IncomingMessage, ServerResponse } from 'node:http';
import { PayloadTooLargeException, ServiceUnavailableException } from '@nestjs/common';
import type { BufferBudget, Holding } from '../http/buffer-budget.ts';

/** The client went away before its request was complete: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * The whole body of a request, whatever its content type says. Holds at most `limit` bytes: a longer one is refused
 * when it is announced, or at the first byte too many. What is held while the client has not sent all of it counts in
 * `budget`.
 *
 * @throws PayloadTooLargeException over the limit @throws ClientGoneError when the client disconnects midway
 * @throws ServiceUnavailableException when it has to make room for others
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
  budget: BufferBudget,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      reject(tooLarge(limit));
      return;
    }
    // The server leaves it to us whether a client that asks first may send its body (see `createHttpServer`).
    if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();

    const body = new Body(limit);
    let holding: Holding | undefined;
    const onData = (chunk: Buffer): void => {
      if (!body.append(chunk)) {
        finish(() => reject(tooLarge(limit)));
      } else if (!request.complete) {
        holding ??= budget.open(() => finish(() => reject(noRoom())));
        holding.set(body.capacity);
      }
    };
    const onEnd = (): void => finish(() => resolve(body.bytes()));
    const onGone = (): void => finish(() => reject(new ClientGoneError('The client disconnected midway.')));
    const finish = (settle: () => void): void => {
      holding?.close();
      // An 'error' follows 'close' or precedes it: its listener stays, so that it is never unheard.
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      settle();
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

const EMPTY: Buffer = Buffer.alloc(0);

/** One buffer that grows: a list of chunks of one byte each would take a hundred times what was sent. */
class Body {
  private buffer = EMPTY;
  private length = 0;

  constructor(private readonly limit: number) {}

  /** Bytes of memory. */
  get capacity(): number {
    return this.buffer.length;
  }

  /** False when it would be over the limit. */
  append(chunk: Buffer): boolean {
    const length = this.length + chunk.length;
    if (length > this.limit) return false;
    // The usual body is one chunk.
    if (this.length === 0) {
      this.buffer = chunk;
    } else {
      if (length > this.buffer.length) this.grow(length);
      chunk.copy(this.buffer, this.length);
    }
    this.length = length;
    return true;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private grow(least: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.limit, Math.max(least, 2 * this.buffer.length)));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

function tooLarge(limit: number): PayloadTooLargeException {
  return new PayloadTooLargeException(`value is over the limit of ${limit} bytes.`);
}

function noRoom(): ServiceUnavailableException {
  return new ServiceUnavailableException(
    'Too much is being sent at once, and this took longest: send it again.',
  );
}
