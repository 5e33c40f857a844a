/**
 * A data node cannot be asked, or its answer was lost. Thrown at once: nothing was done. Rejected with: it may have been
 * done. Anything else that a port throws came out of the operation itself, and is no failure of the way to the node.
 */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(
    readonly node: string,
    options?: ErrorOptions,
  ) {
    super(`Data node ${node} cannot be reached.`, options);
  }
}
