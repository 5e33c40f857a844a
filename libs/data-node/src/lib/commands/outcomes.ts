import { slotOf } from '@distributed-cache/consistent-hash';
import { MAX_KEY_BYTES } from '../keyspace.ts';
import type { Session } from '../server/session.ts';
import { CLOSED, MOVED, TOO_LARGE } from '../status.ts';
import { lengthOf, type Arguments } from './arguments.ts';
import { CLOSED_ERROR, OUT_OF_MEMORY, STRING_TOO_LONG } from './replies.ts';

/**
 * Answers why the data node did nothing. @param key which argument the key is @param valueLength what was to be stored
 */
export function refuse(
  status: number,
  args: Arguments,
  key: number,
  session: Session,
  valueLength = 0,
): void {
  switch (status) {
    case TOO_LARGE:
      if (lengthOf(args, key) > MAX_KEY_BYTES) {
        session.fail(`ERR key exceeds maximum allowed size (${MAX_KEY_BYTES} bytes)`);
      } else if (valueLength > session.server.settings.maxValueBytes) {
        session.fail(STRING_TOO_LONG);
      } else {
        session.fail(OUT_OF_MEMORY);
      }
      return;
    case MOVED:
      session.fail(
        `CLUSTERDOWN Hash slot ${slotOf(args.buffer, args.starts[key]!, args.ends[key]!)} is not served`,
      );
      return;
    case CLOSED:
      session.fail(CLOSED_ERROR);
      return;
    default:
      throw new Error(`a data node answered ${status}`);
  }
}
