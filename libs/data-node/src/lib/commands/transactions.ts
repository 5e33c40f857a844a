import { RequestParser } from '@distributed-cache/resp';
import type { Session } from '../server/session.ts';
import { Transaction, type WatchedKey } from '../server/transaction.ts';
import { copyOf, type Arguments } from './arguments.ts';
import { ALL_KEYS, type CommandRow } from './command.ts';
import { EXEC_ABORT, OK_REPLY } from './replies.ts';

function multi(_args: Arguments, session: Session): void {
  if (session.transaction !== undefined) {
    session.fail('ERR MULTI calls can not be nested');
    return;
  }
  session.transaction = new Transaction();
  session.out.raw(OK_REPLY);
}

function exec(_args: Arguments, session: Session): void {
  const { transaction, watched, out } = session;
  if (transaction === undefined) {
    session.fail('ERR EXEC without MULTI');
    return;
  }
  session.transaction = undefined;
  session.watched = [];
  if (transaction.spoiled) {
    session.fail(EXEC_ABORT);
    return;
  }
  if (!watched.every((each) => isUnchanged(each, session))) {
    out.nullArray();
    return;
  }
  out.array(transaction.length);
  const commands = new RequestParser(session.parser.limits);
  commands.feed(transaction.take());
  while (commands.next()) session.execute(commands);
}

function discard(_args: Arguments, session: Session): void {
  if (session.transaction === undefined) {
    session.fail('ERR DISCARD without MULTI');
    return;
  }
  session.transaction = undefined;
  session.watched = [];
  session.out.raw(OK_REPLY);
}

function watch(args: Arguments, session: Session): void {
  if (session.transaction !== undefined) {
    session.fail('ERR WATCH inside MULTI is not allowed');
    return;
  }
  for (let key = 1; key < args.count; key++) session.watched.push(watchedKey(copyOf(args, key), session));
  session.out.raw(OK_REPLY);
}

function unwatch(_args: Arguments, session: Session): void {
  session.watched = [];
  session.out.raw(OK_REPLY);
}

/** Every write of an entry gives it another version, and deleting it takes its version away. */
function watchedKey(key: Buffer, session: Session): WatchedKey {
  const { node } = session;
  const entry = node.find(key, 0, key.length);
  if (entry < 0) return { key, epoch: -1, counter: -1 };
  return { key, epoch: node.store.versionEpoch(entry), counter: node.store.versionCounter(entry) };
}

function isUnchanged(watched: WatchedKey, session: Session): boolean {
  const { epoch, counter } = watchedKey(watched.key, session);
  return epoch === watched.epoch && counter === watched.counter;
}

export const TRANSACTION_COMMANDS: readonly CommandRow[] = [
  {
    name: 'multi',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '1.2.0',
    summary: 'Begins a transaction: the commands that follow wait for EXEC.',
    complexity: 'O(1)',
    controlsTransaction: true,
    run: multi,
  },
  {
    name: 'exec',
    arity: 1,
    flags: ['noscript', 'loading', 'stale'],
    gather: 'slot',
    since: '1.2.0',
    summary: 'Runs the commands of the transaction, unless a watched key has changed.',
    complexity: 'that of the commands',
    controlsTransaction: true,
    run: exec,
  },
  {
    name: 'discard',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '2.0.0',
    summary: 'Forgets the transaction.',
    complexity: 'O(1)',
    controlsTransaction: true,
    run: discard,
  },
  {
    name: 'watch',
    arity: -2,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    keys: ALL_KEYS,
    gather: 'slot',
    since: '2.2.0',
    summary: 'Makes the next EXEC depend on that these keys do not change.',
    complexity: 'O(N) in the number of keys',
    controlsTransaction: true,
    run: watch,
  },
  {
    name: 'unwatch',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '2.2.0',
    summary: 'Forgets the watched keys.',
    complexity: 'O(1)',
    run: unwatch,
  },
];
