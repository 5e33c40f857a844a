import { CacheError } from '@distributed-cache/cluster';

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
