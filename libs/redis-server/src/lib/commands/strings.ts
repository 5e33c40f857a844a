import { IF_ABSENT, ABSENT, MISS, OK } from '@distributed-cache/data-node';
import type { CommandContext } from './context.ts';
import { integerAt, type Arguments } from './arguments.ts';
import { ONE_KEY, type CommandRow } from './command.ts';
import { ValueOptions } from './options.ts';
import { refuse } from './outcomes.ts';
import { NOT_AN_INTEGER_ERROR, OK_REPLY } from './replies.ts';
import { expiryTime, invalidExpiry, MILLISECONDS, SECONDS, type TimeUnit } from './times.ts';

const KEY = 1;

/** Commands run one at a time, so one set of options serves all. */
const options = new ValueOptions();

function get(args: Arguments, context: CommandContext): void {
  getKey(args, KEY, context);
}

/** Answers the value of the key that is argument `key`; returns whether there was one. */
export function getKey(args: Arguments, key: number, context: CommandContext): boolean {
  if (context.noTouch) return getUntouched(args, key, context);
  const status = context.node.get(args.buffer, args.starts[key]!, args.ends[key]!, context.out);
  if (status === OK) return true;
  if (status === MISS) context.out.null();
  else refuse(status, args, key, context);
  return false;
}

/** CLIENT NO-TOUCH. */
function getUntouched(args: Arguments, key: number, context: CommandContext): boolean {
  const { out, node } = context;
  const { store } = node;
  const entry = node.peek(args.buffer, args.starts[key]!, args.ends[key]!);
  if (entry >= 0) {
    const length = store.valueLength(entry);
    const offset = out.open(length);
    store.copyValue(entry, out.buffer, offset, 0, length);
    return true;
  }
  if (entry === ABSENT) out.null();
  else refuse(entry, args, key, context);
  return false;
}

function set(args: Arguments, context: CommandContext): void {
  if (args.count > 3) {
    setWithOptions(args, context);
    return;
  }
  const { buffer, starts, ends } = args;
  const status = context.node.set(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!, 0, 0);
  if (status !== OK) {
    refuse(status, args, KEY, context, ends[2]! - starts[2]!);
    return;
  }
  if (context.keyspaceEvents.enabled) context.keyspaceEvents.notify('$', 'set', args, KEY);
  context.out.raw(OK_REPLY);
}

function setWithOptions(args: Arguments, context: CommandContext): void {
  if (!options.parse(args, 3, context, false)) return;
  const problem = options.readTime(args, context);
  if (problem !== undefined) {
    context.fail(problem);
    return;
  }
  const { out, node } = context;
  const before = out.length;
  if (options.get) get(args, context);
  const { buffer, starts, ends } = args;
  let entry = ABSENT;
  if (options.ifAbsent || options.ifPresent || options.keepTtl) {
    entry = node.find(buffer, starts[KEY]!, ends[KEY]!);
    if (options.ifAbsent ? entry >= 0 : options.ifPresent && entry < 0) {
      if (!options.get) out.null();
      return;
    }
  }
  let { expiresAt } = options;
  if (options.keepTtl && entry >= 0) expiresAt = node.store.expiresAt(entry);
  const useDefault = expiresAt === 0 && !(options.keepTtl && entry >= 0);
  if (!storeAt(args, KEY, 2, expiresAt, useDefault, context, before)) return;
  if (options.timeIndex !== 0) notifyExpiry(args, context);
  if (!options.get) out.raw(OK_REPLY);
}

/**
 * Stores argument `value` under argument `key`, and tells subscribers. What has expired already leaves when its time is
 * looked at, as everything does.
 * @param useDefault it gets the default time to live
 * @param before where the answer began, to be taken back when it is refused
 */
function storeAt(
  args: Arguments,
  key: number,
  value: number,
  expiresAt: number,
  useDefault: boolean,
  context: CommandContext,
  before = context.out.length,
): boolean {
  const { keyspaceEvents } = context;
  const { node } = context;
  const { buffer, starts, ends } = args;
  const [ks, ke, vs, ve] = [starts[key]!, ends[key]!, starts[value]!, ends[value]!];
  const status = useDefault
    ? node.set(buffer, ks, ke, buffer, vs, ve, 0, 0)
    : node.put(buffer, ks, ke, buffer, vs, ve, expiresAt);
  if (status !== OK) {
    context.out.length = before;
    refuse(status, args, key, context, ve - vs);
    return false;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'set', args, key);
  return true;
}

/** Of a time that the command names: one that KEEPTTL leaves is no event. */
function notifyExpiry(args: Arguments, context: CommandContext): void {
  const { keyspaceEvents } = context;
  if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'expire', args, KEY);
}

function setFor(unit: TimeUnit) {
  return (args: Arguments, context: CommandContext): void => {
    const time = integerAt(args, 2);
    if (time === undefined) {
      context.fail(NOT_AN_INTEGER_ERROR);
      return;
    }
    const expiresAt = time > 0 ? expiryTime(time, unit, context) : undefined;
    if (expiresAt === undefined) context.fail(invalidExpiry(context));
    else if (storeAt(args, KEY, 3, expiresAt, false, context)) {
      notifyExpiry(args, context);
      context.out.raw(OK_REPLY);
    }
  };
}

function setnx(args: Arguments, context: CommandContext): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = context;
  const { node } = context;
  const status = node.set(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!, 0, IF_ABSENT);
  if (status < 0) {
    refuse(status, args, KEY, context, ends[2]! - starts[2]!);
    return;
  }
  if (status === OK && keyspaceEvents.enabled) keyspaceEvents.notify('$', 'set', args, KEY);
  context.out.integer(status === OK ? 1 : 0);
}

function getset(args: Arguments, context: CommandContext): void {
  const before = context.out.length;
  get(args, context);
  storeAt(args, KEY, 2, 0, true, context, before);
}

function getdel(args: Arguments, context: CommandContext): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = context;
  const { node } = context;
  if (!getKey(args, KEY, context)) return;
  node.delete(buffer, starts[KEY]!, ends[KEY]!);
  if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'del', args, KEY);
}

function getex(args: Arguments, context: CommandContext): void {
  if (!options.parse(args, 2, context, true)) return;
  const { buffer, starts, ends } = args;
  const { keyspaceEvents, time } = context;
  const { node, out } = context;
  const before = out.length;
  // Of a key that is not there, the time does not matter.
  if (!getKey(args, KEY, context)) return;
  const problem = options.readTime(args, context);
  if (problem !== undefined) {
    out.length = before;
    context.fail(problem);
    return;
  }
  const { expiresAt } = options;
  if (expiresAt !== 0 && expiresAt <= time.now()) {
    node.delete(buffer, starts[KEY]!, ends[KEY]!);
    keyspaceEvents.notify('g', 'del', args, KEY);
    return;
  }
  const entry = node.find(buffer, starts[KEY]!, ends[KEY]!);
  if (expiresAt !== 0) {
    node.setExpiry(entry, expiresAt);
    keyspaceEvents.notify('g', 'expire', args, KEY);
  } else if (options.persist && node.store.expiresAt(entry) !== 0) {
    node.setExpiry(entry, 0);
    keyspaceEvents.notify('g', 'persist', args, KEY);
  }
}

export const STRING_COMMANDS: readonly CommandRow[] = [
  {
    name: 'get',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Answers the value of a key.',
    complexity: 'O(1)',
    run: get,
  },
  {
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Sets the value of a key; options say when, for how long, and whether to answer the old one.',
    complexity: 'O(1)',
    run: set,
  },
  {
    name: 'setex',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.0.0',
    summary: 'Sets the value of a key for some seconds.',
    complexity: 'O(1)',
    run: setFor(SECONDS),
  },
  {
    name: 'psetex',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: ONE_KEY,
    gather: 'key',
    since: '2.6.0',
    summary: 'Sets the value of a key for some milliseconds.',
    complexity: 'O(1)',
    run: setFor(MILLISECONDS),
  },
  {
    name: 'setnx',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Sets the value of a key that does not exist.',
    complexity: 'O(1)',
    run: setnx,
  },
  {
    name: 'getset',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '1.0.0',
    summary: 'Sets the value of a key and answers the old one.',
    complexity: 'O(1)',
    run: getset,
  },
  {
    name: 'getdel',
    arity: 2,
    flags: ['write', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '6.2.0',
    summary: 'Answers the value of a key and deletes it.',
    complexity: 'O(1)',
    run: getdel,
  },
  {
    name: 'getex',
    arity: -2,
    flags: ['write', 'fast'],
    keys: ONE_KEY,
    gather: 'key',
    since: '6.2.0',
    summary: 'Answers the value of a key and changes when it expires.',
    complexity: 'O(1)',
    run: getex,
  },
];
