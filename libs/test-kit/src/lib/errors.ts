export type TestKitErrorCode =
  /** An argument or an environment variable is outside what is accepted; the message names both. */
  | 'INVALID_ARGUMENT'
  /** Tasks of a manual clock keep scheduling tasks that are due at once: time would never move on. */
  | 'RUNAWAY_TASKS'
  /** The recorded history has no linearization; the message explains where it breaks. */
  | 'NOT_LINEARIZABLE'
  /** The search for a linearization used up its steps: nothing is known about the history. */
  | 'UNDECIDED';

export class TestKitError extends Error {
  override readonly name = 'TestKitError';

  constructor(
    readonly code: TestKitErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The one way this lib refuses an argument: "what must be accepted, got given". */
export function invalid(what: string, accepted: string, given: unknown): TestKitError {
  return new TestKitError('INVALID_ARGUMENT', `${what} must be ${accepted}, got ${String(given)}`);
}
