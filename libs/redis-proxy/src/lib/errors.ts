import { CacheError } from '@distributed-cache/cluster';
import { UnreachableError } from '@distributed-cache/data-node';

/** The first word of the error that a Redis client gets, by the code of ours. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['NO_DATA_NODE', 'CLUSTERDOWN'],
  ['DATA_NODE_UNAVAILABLE', 'CLUSTERDOWN'],
  ['MANAGER_CLOSED', 'CLUSTERDOWN'],
  ['OPERATION_TIMED_OUT', 'TIMEOUT'],
]);

export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";

/** The error to answer. Throws what no answer can tell: a mistake in a command, or an answer that is too large. */
export function errorText(error: unknown): string {
  if (!(error instanceof CacheError)) throw error;
  // What a data node threw while it carried out the command is the cause of its being "unavailable".
  if (error.cause !== undefined && !(error.cause instanceof UnreachableError)) errorText(error.cause);
  return `${CODES.get(error.code) ?? 'ERR'} ${error.message}`;
}
