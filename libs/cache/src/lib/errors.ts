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

/** A key has more bytes in UTF-8 than the limit. Nothing was done. */
export class KeyTooLongError extends CacheError {
  override readonly name = 'KeyTooLongError';
  readonly code = 'KEY_TOO_LONG';

  constructor(
    /** In bytes. */
    readonly limit: number,
  ) {
    super(`A key has at most ${limit} bytes in UTF-8.`);
  }
}

/** A value has more bytes than the limit. Nothing was done. */
export class ValueTooLargeError extends CacheError {
  override readonly name = 'ValueTooLargeError';
  readonly code = 'VALUE_TOO_LARGE';

  constructor(
    /** In bytes. */
    readonly size: number,
    /** In bytes. */
    readonly limit: number,
  ) {
    super(`A value of ${size} bytes is over the limit of ${limit} bytes.`);
  }
}

/** An entry does not fit into its data node's limits, even as the only one. Nothing was done. */
export class EntryTooLargeError extends CacheError {
  override readonly name = 'EntryTooLargeError';
  readonly code = 'ENTRY_TOO_LARGE';

  constructor(
    readonly node: string,
    /** Key and value, in bytes, without the node's own overhead. */
    readonly size: number,
    /** What all of the node's entries may take, in bytes. */
    readonly budget: number,
  ) {
    super(`An entry of ${size} bytes does not fit into data node ${node}, whose budget is ${budget} bytes.`);
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
