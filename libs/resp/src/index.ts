// Requests, as a server reads them and a client writes them.
export { RequestParser } from './lib/request-parser.ts';
export { CommandsAhead } from './lib/commands-ahead.ts';
export { CommandEncoder, type CommandArgument } from './lib/command-encoder.ts';

// Replies, as a server writes them and a client reads them.
export { ReplyWriter, errorReply, simpleReply } from './lib/reply-writer.ts';
export { ReplyParser } from './lib/reply-parser.ts';
export { Attributed, Push, ReplyError, Verbatim, type Reply } from './lib/reply.ts';

// Common to both.
export { Input } from './lib/input.ts';
export { OutputBuffer, type OutputOptions } from './lib/output.ts';
export { ProtocolError, RespError, type ProtocolErrorCode, type RespErrorCode } from './lib/errors.ts';
export {
  DEFAULT_REPLY_LIMITS,
  DEFAULT_REQUEST_LIMITS,
  type ReplyLimits,
  type RequestLimits,
} from './lib/limits.ts';
export { formatDouble } from './lib/double.ts';
export { parseInteger } from './lib/integer.ts';
export { allocate } from './lib/blocks.ts';
