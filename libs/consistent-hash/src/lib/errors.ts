export type RingErrorCode =
  | 'INVALID_ID'
  | 'INVALID_WEIGHT'
  | 'INVALID_COUNT'
  | 'INVALID_VIRTUAL_NODES'
  | 'DUPLICATE_MEMBER'
  | 'TOO_MANY_MEMBERS';

/** An argument was refused. The ring is as it was before the call. */
export class RingError extends Error {
  override readonly name = 'RingError';

  constructor(
    readonly code: RingErrorCode,
    message: string,
    /** What was refused. */
    readonly value: unknown,
  ) {
    super(message);
  }
}
