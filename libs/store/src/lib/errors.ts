/** What a {@link StoreError} is about. */
export type StoreErrorCode = 'INVALID_ARGUMENT' | 'OUT_OF_MEMORY';

/** A store cannot be made as it was asked for. What may happen to one that exists is a number that it answers. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    /** The option that was refused, with INVALID_ARGUMENT. */
    readonly argument?: string,
  ) {
    super(message);
  }
}

export function invalidArgument(argument: string, accepted: string, value: unknown): StoreError {
  return new StoreError(
    'INVALID_ARGUMENT',
    `${argument} must be ${accepted}, not ${String(value)}`,
    argument,
  );
}
