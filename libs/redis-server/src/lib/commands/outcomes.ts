import { slotOf } from '@distributed-cache/consistent-hash';
import { MAX_KEY_BYTES, CLOSED, MOVED, TOO_LARGE } from '@distributed-cache/data-node';
import type { CommandContext } from './context.ts';
import { integerAt, lengthOf, quotedAt, type Arguments } from './arguments.ts';
import {
  CLOSED_ERROR,
  DB_OUT_OF_RANGE,
  NOT_AN_INT32_ERROR,
  NOT_AN_INTEGER_ERROR,
  OUT_OF_MEMORY,
  STRING_TOO_LONG,
} from './replies.ts';

/**
 * Answers why the data node did nothing. @param key which argument the key is @param valueLength what was to be stored
 */
export function refuse(
  status: number,
  args: Arguments,
  key: number,
  context: CommandContext,
  valueLength = 0,
): void {
  switch (status) {
    case TOO_LARGE:
      if (lengthOf(args, key) > MAX_KEY_BYTES) {
        context.fail(`ERR key exceeds maximum allowed size (${MAX_KEY_BYTES} bytes)`);
      } else if (valueLength > context.settings.maxValueBytes) {
        context.fail(STRING_TOO_LONG);
      } else {
        context.fail(OUT_OF_MEMORY);
      }
      return;
    case MOVED:
      context.fail(
        `CLUSTERDOWN Hash slot ${slotOf(args.buffer, args.starts[key]!, args.ends[key]!)} is not served`,
      );
      return;
    case CLOSED:
      context.fail(CLOSED_ERROR);
      return;
    default:
      throw new Error(`a data node answered ${status}`);
  }
}

/**
 * Whether all arguments behind the name are keys within the limit. Answers if not: a command is refused as a whole,
 * rather than after what it did for the keys before, or within the array of its answer.
 */
export function areKeys(args: Arguments, context: CommandContext): boolean {
  for (let key = 1; key < args.count; key++) {
    if (lengthOf(args, key) > MAX_KEY_BYTES) {
      refuse(TOO_LARGE, args, key, context);
      return false;
    }
  }
  return true;
}

/** Answers that a subcommand has arguments that it does not take. */
export function refuseSubcommand(args: Arguments, context: CommandContext): void {
  const container = quotedAt(args, 0).toUpperCase();
  context.fail(
    `ERR unknown subcommand or wrong number of arguments for '${quotedAt(args, 1, 128)}'. Try ${container} HELP.`,
  );
}

/** What is wrong with the number of a database, of which there is one, 0. */
export function databaseProblem(args: Arguments, index: number): Buffer | undefined {
  const database = integerAt(args, index);
  if (database === undefined) return NOT_AN_INTEGER_ERROR;
  if (database < -(2 ** 31) || database >= 2 ** 31) return NOT_AN_INT32_ERROR;
  return database === 0 ? undefined : DB_OUT_OF_RANGE;
}
