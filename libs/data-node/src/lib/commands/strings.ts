import type { DataNode } from '../data-node.ts';
import { IF_ABSENT, MAX_KEY_BYTES } from '../keyspace.ts';
import type { Session } from '../server/session.ts';
import { ABSENT, MISS, OK, TOO_LARGE } from '../status.ts';
import { integerAt, lengthOf, type Arguments } from './arguments.ts';
import { ALL_KEYS, KEYS_AND_VALUES, ONE_KEY, type CommandRow } from './command.ts';
import { expiryTime, invalidExpiry, MILLISECONDS, SECONDS, ValueOptions, type TimeUnit } from './options.ts';
import { refuse } from './outcomes.ts';
import { NOT_AN_INTEGER_ERROR, OFFSET_ERROR, OK_REPLY, OUT_OF_MEMORY, STRING_TOO_LONG } from './replies.ts';

const KEY = 1;

/** Commands run one at a time, so one set of options serves all. */
const options = new ValueOptions();

function get(args: Arguments, session: Session): void {
  getKey(args, KEY, session);
}

/** Answers the value of the key that is argument `key`; returns whether there was one. */
function getKey(args: Arguments, key: number, session: Session): boolean {
  if (session.noTouch) return getUntouched(args, key, session);
  const status = session.node.get(args.buffer, args.starts[key]!, args.ends[key]!, session.out);
  if (status === OK) return true;
  if (status === MISS) session.out.null();
  else refuse(status, args, key, session);
  return false;
}

/** CLIENT NO-TOUCH. */
function getUntouched(args: Arguments, key: number, session: Session): boolean {
  const { out, node } = session;
  const { store } = node;
  const entry = node.peek(args.buffer, args.starts[key]!, args.ends[key]!);
  if (entry >= 0) {
    const length = store.valueLength(entry);
    const offset = out.open(length);
    store.copyValue(entry, out.buffer, offset, 0, length);
    return true;
  }
  if (entry === ABSENT) out.null();
  else refuse(entry, args, key, session);
  return false;
}

function set(args: Arguments, session: Session): void {
  if (args.count > 3) {
    setWithOptions(args, session);
    return;
  }
  const { buffer, starts, ends } = args;
  const status = session.node.set(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!, 0, 0);
  if (status !== OK) {
    refuse(status, args, KEY, session, ends[2]! - starts[2]!);
    return;
  }
  if (session.server.keyspaceEvents.enabled) session.server.keyspaceEvents.notify('$', 'set', args, KEY);
  session.out.raw(OK_REPLY);
}

function setWithOptions(args: Arguments, session: Session): void {
  if (!options.parse(args, 3, session, false)) return;
  const { out, node } = session;
  const before = out.length;
  if (options.get) get(args, session);
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
  if (!storeAt(args, KEY, 2, expiresAt, useDefault, session, before)) return;
  if (!options.get) out.raw(OK_REPLY);
}

/**
 * Stores argument `value` under argument `key`, and tells subscribers. What has expired already is deleted instead.
 * @param useDefault it gets the default time to live
 * @param before where the answer began, to be taken back when it is refused
 */
function storeAt(
  args: Arguments,
  key: number,
  value: number,
  expiresAt: number,
  useDefault: boolean,
  session: Session,
  before = session.out.length,
): boolean {
  const { keyspaceEvents, clock } = session.server;
  const { node } = session;
  const { buffer, starts, ends } = args;
  const [ks, ke, vs, ve] = [starts[key]!, ends[key]!, starts[value]!, ends[value]!];
  let status: number = OK;
  if (expiresAt !== 0 && expiresAt <= clock.now()) node.delete(buffer, ks, ke);
  else if (useDefault) status = node.set(buffer, ks, ke, buffer, vs, ve, 0, 0);
  else status = node.put(buffer, ks, ke, buffer, vs, ve, expiresAt);
  if (status !== OK) {
    session.out.length = before;
    refuse(status, args, key, session, ve - vs);
    return false;
  }
  if (keyspaceEvents.enabled) {
    keyspaceEvents.notify('$', 'set', args, key);
    if (expiresAt !== 0) keyspaceEvents.notify('g', 'expire', args, key);
  }
  return true;
}

function setFor(unit: TimeUnit) {
  return (args: Arguments, session: Session): void => {
    const time = integerAt(args, 2);
    if (time === undefined) {
      session.fail(NOT_AN_INTEGER_ERROR);
      return;
    }
    const expiresAt = time > 0 ? expiryTime(time, unit, session) : undefined;
    if (expiresAt === undefined) invalidExpiry(session);
    else if (storeAt(args, KEY, 3, expiresAt, false, session)) session.out.raw(OK_REPLY);
  };
}

function setnx(args: Arguments, session: Session): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = session.server;
  const { node } = session;
  const status = node.set(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!, 0, IF_ABSENT);
  if (status < 0) {
    refuse(status, args, KEY, session, ends[2]! - starts[2]!);
    return;
  }
  if (status === OK && keyspaceEvents.enabled) keyspaceEvents.notify('$', 'set', args, KEY);
  session.out.integer(status === OK ? 1 : 0);
}

function getset(args: Arguments, session: Session): void {
  const before = session.out.length;
  get(args, session);
  storeAt(args, KEY, 2, 0, true, session, before);
}

function getdel(args: Arguments, session: Session): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = session.server;
  const { node } = session;
  if (!getKey(args, KEY, session)) return;
  node.delete(buffer, starts[KEY]!, ends[KEY]!);
  if (keyspaceEvents.enabled) keyspaceEvents.notify('g', 'del', args, KEY);
}

function getex(args: Arguments, session: Session): void {
  if (!options.parse(args, 2, session, true)) return;
  const { buffer, starts, ends } = args;
  const { keyspaceEvents, clock } = session.server;
  const { node } = session;
  if (!getKey(args, KEY, session)) return;
  const { expiresAt } = options;
  if (expiresAt !== 0 && expiresAt <= clock.now()) {
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

function mget(args: Arguments, session: Session): void {
  session.out.array(args.count - 1);
  for (let key = 1; key < args.count; key++) getKey(args, key, session);
}

/** Whether these are keys and values within the limits. Answers if not. */
function arePairs(args: Arguments, session: Session): boolean {
  if (args.count % 2 === 0) {
    session.fail(`ERR wrong number of arguments for '${session.lastCommand!.name}' command`);
    return false;
  }
  const { settings } = session.server;
  for (let key = 1; key < args.count; key += 2) {
    const length = lengthOf(args, key + 1);
    if (lengthOf(args, key) > MAX_KEY_BYTES || length > settings.maxValueBytes) {
      refuse(TOO_LARGE, args, key, session, length);
      return false;
    }
  }
  return true;
}

/**
 * Whether the data node answers for all of them. Answers if not, and then nothing was written. An entry that is larger than
 * the whole budget is not found out here: MSET stores those before it.
 */
function areServed(args: Arguments, session: Session): boolean {
  const { node } = session;
  for (let key = 1; key < args.count; key += 2) {
    const status = node.find(args.buffer, args.starts[key]!, args.ends[key]!);
    if (status < 0 && status !== ABSENT) {
      refuse(status, args, key, session, lengthOf(args, key + 1));
      return false;
    }
  }
  return true;
}

function setAll(args: Arguments, session: Session): boolean {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = session.server;
  const { node } = session;
  for (let key = 1; key < args.count; key += 2) {
    const value = key + 1;
    const status = node.set(buffer, starts[key]!, ends[key]!, buffer, starts[value]!, ends[value]!, 0, 0);
    // Only one that exceeds the whole budget is left.
    if (status !== OK) {
      session.fail(OUT_OF_MEMORY);
      return false;
    }
    if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'set', args, key);
  }
  return true;
}

function mset(args: Arguments, session: Session): void {
  if (!arePairs(args, session) || !areServed(args, session)) return;
  if (setAll(args, session)) session.out.raw(OK_REPLY);
}

function msetnx(args: Arguments, session: Session): void {
  if (!arePairs(args, session) || !areServed(args, session)) return;
  const { buffer, starts, ends } = args;
  const { node } = session;
  for (let key = 1; key < args.count; key += 2) {
    if (node.find(buffer, starts[key]!, ends[key]!) >= 0) {
      session.out.integer(0);
      return;
    }
  }
  if (setAll(args, session)) session.out.integer(1);
}

function strlen({ buffer, starts, ends }: Arguments, session: Session): void {
  const { node } = session;
  const entry = node.read(buffer, starts[KEY]!, ends[KEY]!);
  session.out.integer(entry >= 0 ? node.store.valueLength(entry) : 0);
}

function append(args: Arguments, session: Session): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents } = session.server;
  const { node } = session;
  const length = node.append(buffer, starts[1]!, ends[1]!, buffer, starts[2]!, ends[2]!);
  if (length < 0) {
    refuse(length, args, KEY, session, grownLength(args, node, 2));
    return;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'append', args, KEY);
  session.out.integer(length);
}

/** What the value would have come to. */
function grownLength(args: Arguments, node: DataNode, value: number): number {
  const entry = node.find(args.buffer, args.starts[KEY]!, args.ends[KEY]!);
  return lengthOf(args, value) + (entry >= 0 ? node.store.valueLength(entry) : 0);
}

function getrange(args: Arguments, session: Session): void {
  const first = integerAt(args, 2);
  const last = integerAt(args, 3);
  const { out, node } = session;
  if (first === undefined || last === undefined) {
    session.fail(NOT_AN_INTEGER_ERROR);
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

function setrange(args: Arguments, session: Session): void {
  const { buffer, starts, ends } = args;
  const { keyspaceEvents, settings } = session.server;
  const { node } = session;
  const position = integerAt(args, 2);
  if (position === undefined) {
    session.fail(NOT_AN_INTEGER_ERROR);
    return;
  }
  if (position < 0) {
    session.fail(OFFSET_ERROR);
    return;
  }
  const length = lengthOf(args, 3);
  if (length === 0) {
    const entry = node.find(buffer, starts[KEY]!, ends[KEY]!);
    session.out.integer(entry >= 0 ? node.store.valueLength(entry) : 0);
    return;
  }
  const offset = Number(position);
  if (offset + length > settings.maxValueBytes) {
    session.fail(STRING_TOO_LONG);
    return;
  }
  const result = node.write(buffer, starts[KEY]!, ends[KEY]!, offset, buffer, starts[3]!, ends[3]!);
  if (result < 0) {
    refuse(result, args, KEY, session, offset + length);
    return;
  }
  if (keyspaceEvents.enabled) keyspaceEvents.notify('$', 'setrange', args, KEY);
  session.out.integer(result);
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
