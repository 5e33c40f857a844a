import { errorReply, simpleReply } from '@distributed-cache/resp';

/** Answers that are sent often, as bytes. Error texts are those of Redis 7.0. */
export const OK_REPLY = simpleReply('OK');
export const PONG = simpleReply('PONG');
export const QUEUED = simpleReply('QUEUED');
export const RESET_REPLY = simpleReply('RESET');

export const SYNTAX_ERROR = errorReply('ERR syntax error');
export const NOT_AN_INTEGER_ERROR = errorReply('ERR value is not an integer or out of range');
export const NOT_AN_INT32_ERROR = errorReply(
  'ERR value is out of range, value must between -2147483648 and 2147483647',
);
export const NOT_A_FLOAT_ERROR = errorReply('ERR value is not a valid float');
export const OVERFLOW_ERROR = errorReply('ERR increment or decrement would overflow');
export const NAN_ERROR = errorReply('ERR increment would produce NaN or Infinity');
export const OFFSET_ERROR = errorReply('ERR offset is out of range');
export const OUT_OF_RANGE_ERROR = errorReply('ERR value is out of range');
export const DECREMENT_ERROR = errorReply('ERR decrement would overflow');
export const NO_SUCH_KEY = errorReply('ERR no such key');
export const STRING_TOO_LONG = errorReply('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
export const OUT_OF_MEMORY = errorReply("OOM command not allowed when used memory > 'maxmemory'.");
export const INVALID_CURSOR = errorReply('ERR invalid cursor');
export const DB_OUT_OF_RANGE = errorReply('ERR DB index is out of range');
export const NO_AUTH = errorReply('NOAUTH Authentication required.');
export const WRONG_PASS = errorReply('WRONGPASS invalid username-password pair or user is disabled.');
export const EXEC_ABORT = errorReply('EXECABORT Transaction discarded because of previous errors.');
export const CLUSTER_DISABLED = errorReply('ERR This instance has cluster support disabled');
export const CLOSED_ERROR = errorReply('CLUSTERDOWN The data node was closed');
