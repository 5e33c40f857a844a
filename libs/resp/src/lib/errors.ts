export type ProtocolErrorCode =
  | 'invalid-multibulk-length'
  | 'unauthenticated-multibulk-length'
  | 'multibulk-line-too-long'
  | 'expected-bulk'
  | 'invalid-bulk-length'
  | 'unauthenticated-bulk-length'
  | 'bulk-line-too-long'
  | 'inline-too-long'
  | 'unbalanced-quotes'
  | 'query-buffer-full'
  | 'invalid-reply';

/**
 * The other side broke the protocol. There is no way to find the next message, so the connection ends with it.
 * For a request, `message` is Redis's own text; each of its characters is one byte (latin1).
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly code: ProtocolErrorCode,
    reason: string,
  ) {
    super(`Protocol error: ${reason}`);
  }
}

export type RespErrorCode = 'invalid-option' | 'unread-input' | 'not-an-integer' | 'output-full';

/** This side used the library in a way that it does not support, or asked for more than it may have. */
export class RespError extends Error {
  override readonly name = 'RespError';

  constructor(
    readonly code: RespErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** An integer option, checked. */
export function checkedOption(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RespError('invalid-option', `${name} must be an integer from ${min} to ${max}, got ${value}`);
  }
  return value;
}
