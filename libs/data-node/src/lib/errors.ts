/** What a {@link DataNodeError} is about. */
export type DataNodeErrorCode = 'INVALID_ARGUMENT' | 'CLOSED';

/**
 * A mistake of the program that uses a data node. What may happen to a correct one (a miss, a full budget, another
 * primary) is a `Status`.
 */
export class DataNodeError extends Error {
  override readonly name = 'DataNodeError';

  constructor(
    readonly code: DataNodeErrorCode,
    message: string,
    /** The option or argument that was refused, with INVALID_ARGUMENT. */
    readonly argument?: string,
  ) {
    super(message);
  }
}

export function invalidArgument(argument: string, accepted: string, value: unknown): DataNodeError {
  return new DataNodeError(
    'INVALID_ARGUMENT',
    `${argument} must be ${accepted}, not ${String(value)}`,
    argument,
  );
}
