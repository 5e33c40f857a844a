/** What every operation of the cache fails with. `code` is stable; messages may change. */
export abstract class CacheError extends Error {
  abstract readonly code: string;
}

/** An argument has a value that the cache does not accept. Nothing was done. */
export class InvalidArgumentError extends CacheError {
  override readonly name = 'InvalidArgumentError';
  readonly code = 'INVALID_ARGUMENT';

  constructor(
    readonly argument: string,
    /** What is accepted instead. */
    readonly accepted: string,
  ) {
    super(`${argument} must be ${accepted}.`);
  }
}

/** There is no data node to keep the key. Nothing was done. */
export class NoDataNodeError extends CacheError {
  override readonly name = 'NoDataNodeError';
  readonly code = 'NO_DATA_NODE';

  constructor() {
    super('There is no data node.');
  }
}

/** The data node that keeps the key cannot be reached, or left while it was asked. */
export class DataNodeUnavailableError extends CacheError {
  override readonly name = 'DataNodeUnavailableError';
  readonly code = 'DATA_NODE_UNAVAILABLE';

  constructor(
    readonly node: string,
    /** True when a write may have been done; false when surely nothing was done. */
    readonly outcomeUnknown = false,
    options?: ErrorOptions,
  ) {
    super(
      `Data node ${node} is unavailable${outcomeUnknown ? '; whether it did the write is unknown' : ''}.`,
      options,
    );
  }
}

/** No answer came within the deadline. */
export class OperationTimeoutError extends CacheError {
  override readonly name = 'OperationTimeoutError';
  readonly code = 'OPERATION_TIMED_OUT';

  constructor(
    readonly operation: string,
    /** In milliseconds. */
    readonly timeout: number,
    /** True when a write was sent and may still be done; false when surely nothing was done, and never will be. */
    readonly outcomeUnknown: boolean,
    /** The id of the data node that was asked, if one was. */
    readonly node?: string,
  ) {
    super(
      `No answer to ${operation}${node === undefined ? '' : ` from data node ${node}`} within ${timeout} ms${
        outcomeUnknown ? '; the write may still be done' : ''
      }.`,
    );
  }
}

/** The cache manager was closed. Nothing was done. */
export class ManagerClosedError extends CacheError {
  override readonly name = 'ManagerClosedError';
  readonly code = 'MANAGER_CLOSED';

  constructor() {
    super('The cache manager is closed.');
  }
}

/** The cache manager has a data node of that id already. */
export class DuplicateNodeError extends CacheError {
  override readonly name = 'DuplicateNodeError';
  readonly code = 'DUPLICATE_NODE';

  constructor(readonly node: string) {
    super(`There is a data node ${node} already.`);
  }
}
