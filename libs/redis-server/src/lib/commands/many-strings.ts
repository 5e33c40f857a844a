import { MAX_KEY_BYTES, OK, TOO_LARGE } from '@distributed-cache/data-node';
import type { CommandContext } from './context.ts';
import { lengthOf, type Arguments } from './arguments.ts';
import { ALL_KEYS, KEYS_AND_VALUES, type CommandRow } from './command.ts';
import { areKeys, refuse } from './outcomes.ts';
import { OK_REPLY, OUT_OF_MEMORY } from './replies.ts';
import { getKey } from './strings.ts';

function mget(args: Arguments, context: CommandContext): void {
  if (!areKeys(args, context)) return;
  context.out.array(args.count - 1);
  // An answer that is too large is not sent, so nobody needs the rest of it.
  for (let key = 1; key < args.count && !context.out.overflowed; key++) getKey(args, key, context);
}

/** Whether these are keys and values within the limits. Answers if not. */
function arePairs(args: Arguments, context: CommandContext): boolean {
  if (args.count % 2 === 0) {
    context.fail(`ERR wrong number of arguments for '${context.commandName}' command`);
    return false;
  }
  const { settings } = context;
  for (let key = 1; key < args.count; key += 2) {
    const length = lengthOf(args, key + 1);
    if (lengthOf(args, key) > MAX_KEY_BYTES || length > settings.maxValueBytes) {
      refuse(TOO_LARGE, args, key, context, length);
      return false;
    }
  }
  return true;
}

function setAll(args: Arguments, context: CommandContext): boolean {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = context;
  const { node } = context;
  for (let key = 1; key < args.count; key += 2) {
    const value = key + 1;
    const status = node.set(buffer, starts[key]!, ends[key]!, buffer, starts[value]!, ends[value]!, 0, 0);
    // Only one that exceeds the whole budget is left.
    if (status !== OK) {
      context.fail(OUT_OF_MEMORY);
      return false;
    }
    if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'set', args, key);
  }
  return true;
}

function mset(args: Arguments, context: CommandContext): void {
  if (!arePairs(args, context)) return;
  if (setAll(args, context)) context.out.raw(OK_REPLY);
}

function msetnx(args: Arguments, context: CommandContext): void {
  if (!arePairs(args, context)) return;
  const { buffer, starts, ends } = args;
  const { node } = context;
  for (let key = 1; key < args.count; key += 2) {
    if (node.find(buffer, starts[key]!, ends[key]!) >= 0) {
      context.out.integer(0);
      return;
    }
  }
  if (setAll(args, context)) context.out.integer(1);
}

export const MANY_STRINGS_COMMANDS: readonly CommandRow[] = [
  {
    name: 'mget',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: ALL_KEYS,
    gather: 'values',
    since: '1.0.0',
    summary: 'Answers the values of several keys.',
    complexity: 'O(N) in the number of keys',
    run: mget,
  },
  {
    name: 'mset',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: KEYS_AND_VALUES,
    gather: 'ok',
    since: '1.0.1',
    summary: 'Sets the values of several keys.',
    complexity: 'O(N) in the number of keys',
    check: arePairs,
    run: mset,
  },
  {
    name: 'msetnx',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: KEYS_AND_VALUES,
    gather: 'slot',
    since: '1.0.1',
    summary: 'Sets the values of several keys if none of them exists.',
    complexity: 'O(N) in the number of keys',
    check: arePairs,
    run: msetnx,
  },
];
