import { checkedOption } from './errors.ts';

/** What one client may ask of the memory of its parser. All but the first count bytes. */
export interface RequestLimits {
  /** Arguments of one command, its name included. */
  readonly maxArguments: number;
  /** One argument: `proto-max-bulk-len`. */
  readonly maxBulkLength: number;
  /** An inline command, and any line that announces a length, without its final line feed. */
  readonly maxLineLength: number;
  /** One whole command: `client-query-buffer-limit`. */
  readonly maxCommandLength: number;
}

/** Redis's defaults. */
export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  maxArguments: 1024 * 1024,
  maxBulkLength: 512 * 1024 * 1024,
  maxLineLength: 64 * 1024,
  maxCommandLength: 1024 * 1024 * 1024,
};

/** What a client may send before it has authenticated. */
export const UNAUTHENTICATED_ARGUMENTS = 10;
export const UNAUTHENTICATED_BULK_LENGTH = 16 * 1024;

/** Offsets are kept in 32-bit integers, and one bulk more than a whole command is added before the comparison. */
const MAX_OFFSET = 2 ** 30;

/** @throws RespError invalid-option */
export function requestLimits(limits: Partial<RequestLimits>): RequestLimits {
  const { maxArguments, maxBulkLength, maxLineLength, maxCommandLength } = {
    ...DEFAULT_REQUEST_LIMITS,
    ...limits,
  };
  return {
    maxArguments: checkedOption('maxArguments', maxArguments, 1, MAX_OFFSET),
    maxBulkLength: checkedOption('maxBulkLength', maxBulkLength, 1, MAX_OFFSET),
    maxLineLength: checkedOption('maxLineLength', maxLineLength, 32, MAX_OFFSET),
    maxCommandLength: checkedOption('maxCommandLength', maxCommandLength, 32, MAX_OFFSET),
  };
}

/** What the other end of a link may ask of the memory of a {@link ReplyParser}. */
export interface ReplyLimits {
  /** One bulk, in bytes. */
  readonly maxBulkLength: number;
  /** One line, in bytes: a simple string, an error, a number. */
  readonly maxLineLength: number;
  /** Arrays within arrays. */
  readonly maxDepth: number;
}

export const DEFAULT_REPLY_LIMITS: ReplyLimits = {
  maxBulkLength: 512 * 1024 * 1024,
  maxLineLength: 64 * 1024,
  maxDepth: 128,
};

/** @throws RespError invalid-option */
export function replyLimits(limits: Partial<ReplyLimits>): ReplyLimits {
  const { maxBulkLength, maxLineLength, maxDepth } = { ...DEFAULT_REPLY_LIMITS, ...limits };
  return {
    maxBulkLength: checkedOption('maxBulkLength', maxBulkLength, 1, MAX_OFFSET),
    maxLineLength: checkedOption('maxLineLength', maxLineLength, 32, MAX_OFFSET),
    maxDepth: checkedOption('maxDepth', maxDepth, 1, 10_000),
  };
}
