import {
  MAX_COUNTER_LENGTH,
  type ValueSink,
  ABSENT,
  NOT_AN_INTEGER,
  OK,
  OUT_OF_RANGE,
} from '@distributed-cache/data-node';
import { readValue } from '@distributed-cache/store';
import type { CommandContext } from './context.ts';
import { integerAt, latin1At, type Arguments } from './arguments.ts';
import { ONE_KEY, type CommandRow } from './command.ts';
import { addExtended, formatExtended, parseExtended, type Extended } from './extended.ts';
import { refuse } from './outcomes.ts';
import {
  DECREMENT_ERROR,
  NAN_ERROR,
  NOT_A_FLOAT_ERROR,
  NOT_AN_INTEGER_ERROR,
  OVERFLOW_ERROR,
} from './replies.ts';

const KEY = 1;
const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;
const MIN_INT64 = -(2n ** 63n);
const ZERO: Extended = { mantissa: 0n, exponent: 0 };

/** Takes the decimal digits of a counter, and makes them the answer `:digits`. */
class IntegerAnswer implements ValueSink {
  readonly buffer = Buffer.alloc(MAX_COUNTER_LENGTH + 3, COLON);
  length = 0;

  open(digits: number): number {
    this.buffer[digits + 1] = CR;
    this.buffer[digits + 2] = LF;
    this.length = digits + 3;
    return 1;
  }
}

const answer = new IntegerAnswer();

function add(args: Arguments, delta: number | bigint, context: CommandContext): void {
  const { keyspaceEvents } = context;
  const { node } = context;
  const status = node.add(args.buffer, args.starts[KEY]!, args.ends[KEY]!, delta, answer);
  if (status === OK) {
    if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'incrby', args, KEY);
    context.out.raw(answer.buffer, 0, answer.length);
  } else if (status === NOT_AN_INTEGER) {
    context.fail(NOT_AN_INTEGER_ERROR);
  } else if (status === OUT_OF_RANGE) {
    context.fail(OVERFLOW_ERROR);
  } else {
    refuse(status, args, KEY, context);
  }
}

function incr(args: Arguments, context: CommandContext): void {
  add(args, 1, context);
}

function decr(args: Arguments, context: CommandContext): void {
  add(args, -1, context);
}

function incrby(args: Arguments, context: CommandContext): void {
  const delta = integerAt(args, 2);
  if (delta === undefined) context.fail(NOT_AN_INTEGER_ERROR);
  else add(args, delta, context);
}

function decrby(args: Arguments, context: CommandContext): void {
  const delta = integerAt(args, 2);
  if (delta === undefined) context.fail(NOT_AN_INTEGER_ERROR);
  else if (delta === MIN_INT64) context.fail(DECREMENT_ERROR);
  else add(args, -delta, context);
}

function incrbyfloat(args: Arguments, context: CommandContext): void {
  const { keyspaceEvents } = context;
  const { node } = context;
  const [start, end] = [args.starts[KEY]!, args.ends[KEY]!];
  const entry = node.find(args.buffer, start, end);
  if (entry < 0 && entry !== ABSENT) {
    refuse(entry, args, KEY, context);
    return;
  }
  const current = entry === ABSENT ? ZERO : parseExtended(readValue(node.store, entry).toString('latin1'));
  const delta = parseExtended(latin1At(args, 2));
  if (current === undefined || delta === undefined) {
    context.fail(NOT_A_FLOAT_ERROR);
    return;
  }
  const finite = typeof current === 'object' && typeof delta === 'object';
  const sum = finite ? addExtended(current, delta) : Infinity;
  if (typeof sum === 'number') {
    context.fail(NAN_ERROR);
    return;
  }
  const text = Buffer.from(formatExtended(sum), 'latin1');
  const expiresAt = entry === ABSENT ? 0 : node.store.expiresAt(entry);
  const status =
    entry === ABSENT
      ? node.set(args.buffer, start, end, text, 0, text.length, 0, 0)
      : node.put(args.buffer, start, end, text, 0, text.length, expiresAt);
  if (status !== OK) {
    refuse(status, args, KEY, context, text.length);
    return;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'incrbyfloat', args, KEY);
  context.out.bulk(text);
}

export const COUNTER_COMMANDS: readonly CommandRow[] = [
  {
    name: 'incr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Adds one to an integer; an absent key counts as 0.',
    complexity: 'O(1)',
    run: incr,
  },
  {
    name: 'decr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Takes one from an integer; an absent key counts as 0.',
    complexity: 'O(1)',
    run: decr,
  },
  {
    name: 'incrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Adds to an integer; an absent key counts as 0.',
    complexity: 'O(1)',
    run: incrby,
  },
  {
    name: 'decrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Takes from an integer; an absent key counts as 0.',
    complexity: 'O(1)',
    run: decrby,
  },
  {
    name: 'incrbyfloat',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.6.0',
    summary: 'Adds to a decimal number; an absent key counts as 0.',
    complexity: 'O(1)',
    run: incrbyfloat,
  },
];
