import type { DataNode } from '@distributed-cache/data-node';
import type { CommandContext } from './context.ts';
import { integerAt, lengthOf, type Arguments } from './arguments.ts';
import { ONE_KEY, type CommandRow } from './command.ts';
import { refuse } from './outcomes.ts';
import { NOT_AN_INTEGER_ERROR, OFFSET_ERROR, STRING_TOO_LONG } from './replies.ts';

const KEY = 1;

function strlen({ buffer, starts, ends }: Arguments, context: CommandContext): void {
  const { node } = context;
  const entry = node.read(buffer, starts[KEY]!, ends[KEY]!);
  context.out.integer(entry >= 0 ? node.store.valueLength(entry) : 0);
}

function append(args: Arguments, context: CommandContext): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = context;
  const { node } = context;
  const length = node.append(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!);
  if (length < 0) {
    refuse(length, args, KEY, context, grownLength(args, node, 2));
    return;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'append', args, KEY);
  context.out.integer(length);
}

/** What the value would have come to. */
function grownLength(args: Arguments, node: DataNode, value: number): number {
  const entry = node.find(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
  return lengthOf(args, value) + (entry >= 0 ? node.store.valueLength(entry) : 0);
}

function getrange(args: Arguments, context: CommandContext): void {
  const first = integerAt(args, 2);
  const last = integerAt(args, 3);
  const { out, node } = context;
  if (first === undefined || last === undefined) {
    context.fail(NOT_AN_INTEGER_ERROR);
    return;
  }
  const entry = node.read(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
  const length = entry >= 0 ? node.store.valueLength(entry) : 0;
  // Positions count from the end when negative, and what lies outside is cut off.
  let from = Number(first);
  let to = Number(last);
  const reversed = from < 0 && to < 0 && from > to;
  from = Math.max(0, from < 0 ? length + from : from);
  to = Math.min(length - 1, Math.max(0, to < 0 ? length + to : to));
  if (reversed || from > to || length === 0) {
    out.open(0);
    return;
  }
  const offset = out.open(to + 1 - from);
  node.store.copyValue(entry, out.buffer, offset, from, to + 1);
}

function setrange(args: Arguments, context: CommandContext): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents, settings } = context;
  const { node } = context;
  const position = integerAt(args, 2);
  if (position === undefined) {
    context.fail(NOT_AN_INTEGER_ERROR);
    return;
  }
  if (position < 0) {
    context.fail(OFFSET_ERROR);
    return;
  }
  const length = lengthOf(args, 3);
  if (length === 0) {
    const entry = node.find(buffer, starts[KEY]!, ends[KEY]!);
    context.out.integer(entry >= 0 ? node.store.valueLength(entry) : 0);
    return;
  }
  const offset = Number(position);
  if (offset + length > settings.maxValueBytes) {
    context.fail(STRING_TOO_LONG);
    return;
  }
  const result = node.write(buffer, starts[KEY]!, ends[KEY]!, offset, buffer, starts[3]!, ends[3]!);
  if (result < 0) {
    refuse(result, args, KEY, context, offset + length);
    return;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'setrange', args, KEY);
  context.out.integer(result);
}

export const STRING_PART_COMMANDS: readonly CommandRow[] = [
  {
    name: 'strlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.2.0',
    summary: 'Answers the length of a value.',
    complexity: 'O(1)',
    run: strlen,
  },
  {
    name: 'append',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.0.0',
    summary: 'Appends to a value; creates the key if there is none.',
    complexity: 'O(1)',
    run: append,
  },
  {
    name: 'getrange',
    arity: 4,
    flags: ['readonly'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.4.0',
    summary: 'Answers a part of a value.',
    complexity: 'O(N) in the length of the part',
    run: getrange,
  },
  {
    name: 'setrange',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.2.0',
    summary: 'Overwrites a part of a value from an offset on; creates the key if there is none.',
    complexity: 'O(N) in the length of the part',
    run: setrange,
  },
];
