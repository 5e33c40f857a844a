import { MAX_KEY_BYTES, ABSENT, OK, TOO_LARGE } from '@distributed-cache/data-node';
import type { Session } from '../server/session.ts';
import { lengthOf, type Arguments } from './arguments.ts';
import { ALL_KEYS, KEYS_AND_VALUES, type CommandRow } from './command.ts';
import { areKeys, refuse } from './outcomes.ts';
import { OK_REPLY, OUT_OF_MEMORY } from './replies.ts';
import { getKey } from './strings.ts';

function mget(args: Arguments, session: Session): void {
  if (!areKeys(args, session)) return;
  session.out.array(args.count - 1);
  // An answer that is too large is not sent, so nobody needs the rest of it.
  for (let key = 1; key < args.count && !session.out.overflowed; key++) getKey(args, key, session);
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

/** Whether the data node has the slots of all of them; otherwise none is stored. Answers if not. */
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
