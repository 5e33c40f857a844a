/** Thrown by `publish` once the PubSub has been closed. */
export class PubSubClosedError extends Error {
  override readonly name = 'PubSubClosedError';
  readonly code = 'PUBSUB_CLOSED';

  constructor() {
    super('The PubSub is closed and takes no more messages.');
  }
}

/**
 * A message, or the bytes of one, is not what its topic says. `path` leads to the wrong field (`entries.3.slot`; empty
 * for the frame itself) and `expected` says what belongs there. What was found is left out: it may be a user's key.
 */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  readonly code = 'MALFORMED_MESSAGE';

  constructor(
    readonly expected: string,
    readonly path = '',
    options?: ErrorOptions,
  ) {
    super(`Malformed message${path && ` at ${path}`}: expected ${expected}.`, options);
  }
}

/** An option has a value that it does not accept. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError';
  readonly code = 'INVALID_OPTION';

  constructor(
    readonly option: string,
    readonly accepted: string,
  ) {
    super(`The option ${option} must be ${accepted}.`);
  }
}
