import type { CommandContext } from './context.ts';
import { ABSENT } from '@distributed-cache/data-node';
import { integerAt, isWord, quotedAt, type Arguments } from './arguments.ts';
import { ONE_KEY, type CommandRow } from './command.ts';
import { refuse } from './outcomes.ts';
import { NOT_AN_INTEGER_ERROR } from './replies.ts';
import {
  compareTimes,
  expiryTime,
  invalidExpiry,
  MILLISECONDS,
  SECONDS,
  timeToAnswer,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
  type TimeUnit,
} from './times.ts';

const KEY = 1;

// Conditions, to be or-ed.
const IF_NONE = 1;
const IF_SOME = 2;
const IF_LATER = 4;
const IF_SOONER = 8;

/** The conditions, or undefined after answering what is wrong with them. */
function conditionsOf(args: Arguments, context: CommandContext): number | undefined {
  let conditions = 0;
  for (let i = 3; i < args.count; i++) {
    if (isWord(args, i, 'nx')) conditions |= IF_NONE;
    else if (isWord(args, i, 'xx')) conditions |= IF_SOME;
    else if (isWord(args, i, 'gt')) conditions |= IF_LATER;
    else if (isWord(args, i, 'lt')) conditions |= IF_SOONER;
    else {
      context.fail(`ERR Unsupported option ${quotedAt(args, i)}`);
      return undefined;
    }
  }
  if ((conditions & IF_NONE) !== 0 && conditions !== IF_NONE) {
    context.fail('ERR NX and XX, GT or LT options at the same time are not compatible');
    return undefined;
  }
  if ((conditions & IF_LATER) !== 0 && (conditions & IF_SOONER) !== 0) {
    context.fail('ERR GT and LT options at the same time are not compatible');
    return undefined;
  }
  return conditions;
}

/** @param current 0 for never, which is later than any time */
function holds(conditions: number, current: number, time: number): boolean {
  if ((conditions & IF_NONE) !== 0 && current !== 0) return false;
  if ((conditions & IF_SOME) !== 0 && current === 0) return false;
  if ((conditions & IF_LATER) !== 0 && (current === 0 || compareTimes(time, current) <= 0)) return false;
  return (conditions & IF_SOONER) === 0 || current === 0 || compareTimes(time, current) < 0;
}

function expireIn(unit: TimeUnit) {
  return (args: Arguments, context: CommandContext): void => {
    const conditions = conditionsOf(args, context);
    if (conditions === undefined) return;
    const value = integerAt(args, 2);
    if (value === undefined) {
      context.fail(NOT_AN_INTEGER_ERROR);
      return;
    }
    const expiresAt = expiryTime(value, unit, context);
    if (expiresAt === undefined) {
      context.fail(invalidExpiry(context));
      return;
    }
    const { keyspaceEvents, time } = context;
    const { node } = context;
    const entry = node.find(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
    if (entry < 0 && entry !== ABSENT) {
      refuse(entry, args, KEY, context);
    } else if (entry === ABSENT || !holds(conditions, node.store.expiresAt(entry), expiresAt)) {
      context.out.integer(0);
    } else {
      const past = expiresAt <= time.now();
      if (past) node.delete(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
      else node.setExpiry(entry, expiresAt);
      if (keyspaceEvents.enabled) keyspaceEvents.notify('g', past ? 'del' : 'expire', args, KEY);
      context.out.integer(1);
    }
  };
}

function persist(args: Arguments, context: CommandContext): void {
  const { keyspaceEvents } = context;
  const { node } = context;
  const entry = node.find(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
  if (entry < 0 || node.store.expiresAt(entry) === 0) {
    context.out.integer(0);
    return;
  }
  node.setExpiry(entry, 0);
  if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'persist', args, KEY);
  context.out.integer(1);
}

const NO_KEY = -2;
const NO_EXPIRY = -1;

/** Answers a time of the key: what is left, or when it ends. */
function timeIn(unit: TimeUnit) {
  return (args: Arguments, context: CommandContext): void => {
    const { node } = context;
    const entry = node.peek(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
    if (entry < 0) {
      if (entry === ABSENT) context.out.integer(NO_KEY);
      else refuse(entry, args, KEY, context);
      return;
    }
    const expiresAt = node.store.expiresAt(entry);
    context.out.integer(expiresAt === 0 ? NO_EXPIRY : timeToAnswer(expiresAt, unit, context));
  };
}

const UNITS: readonly [name: string, unit: TimeUnit, since: string, what: string][] = [
  ['expire', SECONDS, '1.0.0', 'in some seconds'],
  ['pexpire', MILLISECONDS, '2.6.0', 'in some milliseconds'],
  ['expireat', UNIX_SECONDS, '1.2.0', 'at a Unix time in seconds'],
  ['pexpireat', UNIX_MILLISECONDS, '2.6.0', 'at a Unix time in milliseconds'],
];

const TIMES: readonly [name: string, unit: TimeUnit, since: string, what: string][] = [
  ['ttl', SECONDS, '1.0.0', 'the seconds that a key has left to live'],
  ['pttl', MILLISECONDS, '2.6.0', 'the milliseconds that a key has left to live'],
  ['expiretime', UNIX_SECONDS, '7.0.0', 'the Unix time in seconds when a key expires'],
  ['pexpiretime', UNIX_MILLISECONDS, '7.0.0', 'the Unix time in milliseconds when a key expires'],
];

export const EXPIRY_COMMANDS: readonly CommandRow[] = [
  ...UNITS.map(([name, unit, since, what]): CommandRow => ({
    name,
    arity: -3,
    flags: ['write', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since,
    summary: `Lets a key expire ${what}.`,
    complexity: 'O(1)',
    run: expireIn(unit),
  })),
  ...TIMES.map(([name, unit, since, what]): CommandRow => ({
    name,
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since,
    summary: `Answers ${what}.`,
    complexity: 'O(1)',
    run: timeIn(unit),
  })),
  {
    name: 'persist',
    arity: 2,
    flags: ['write', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.2.0',
    summary: 'Lets a key live for ever.',
    complexity: 'O(1)',
    run: persist,
  },
];
