import { MAX_KEY_BYTES, TOO_LARGE } from '@distributed-cache/data-node';
import {
  lengthOf,
  refuse,
  type Arguments,
  type Command,
  type Session,
} from '@distributed-cache/redis-server';
import { forEachKey } from './keys.ts';

/** Whether a command can be taken apart: answers what is wrong with it before a part of it runs. */
export function isSound(command: Command<Session>, args: Arguments, session: Session): boolean {
  if (command.row.check?.(args, session) === false) return false;
  const tooLong = firstTooLong(command, args);
  if (tooLong !== 0) refuse(TOO_LARGE, args, tooLong, session);
  return tooLong === 0;
}

/** The index of the first key that is too long; 0 when none is. */
function firstTooLong(command: Command<Session>, args: Arguments): number {
  let found = 0;
  forEachKey(command, args, (index) => {
    if (found === 0 && lengthOf(args, index) > MAX_KEY_BYTES) found = index;
  });
  return found;
}
