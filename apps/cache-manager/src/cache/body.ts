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
      body.clear();
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

/** Bytes. */
const MAX_BLOCK = 2 ** 20;

/**
 * What came of a body, in blocks as large as all before them: a list of chunks of one byte each would take a hundred times
 * what was sent, and one buffer that grows would leave as much garbage as it holds.
 */
class Body {
  /** Bytes of memory. */
  capacity = 0;
  private length = 0;
  private blocks: Buffer[] = [];
  /** Bytes at the end of the last block. */
  private free = 0;

  constructor(private readonly limit: number) {}

  /** False when it would be over the limit. */
  append(chunk: Buffer): boolean {
    if (this.length + chunk.length > this.limit) return false;
    // The usual body is one chunk.
    const last = this.blocks.at(-1);
    if (last === undefined || this.length === 0) this.add(chunk);
    else this.copy(chunk, last);
    this.length += chunk.length;
    return true;
  }

  bytes(): Buffer {
    const first = this.blocks[0];
    return first !== undefined && this.blocks.length === 1 && this.free === 0
      ? first
      : Buffer.concat(this.blocks, this.length);
  }

  /** Lets go of the memory, which would stay for as long as the request does. */
  clear(): void {
    this.blocks = [];
  }

  private copy(chunk: Buffer, last: Buffer): void {
    const fitting = Math.min(this.free, chunk.length);
    chunk.copy(last, last.length - this.free, 0, fitting);
    this.free -= fitting;
    const rest = chunk.length - fitting;
    if (rest === 0) return;
    const block = Buffer.allocUnsafeSlow(Math.max(rest, Math.min(this.capacity, MAX_BLOCK)));
    chunk.copy(block, 0, fitting);
    this.free = block.length - rest;
    this.add(block);
  }

  private add(block: Buffer): void {
    this.blocks.push(block);
    this.capacity += block.length;
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
