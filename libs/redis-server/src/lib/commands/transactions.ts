import { CommandEncoder, RequestParser } from '@distributed-cache/resp';
import type { Session } from '../server/session.ts';
import { Transaction, type WatchedKey } from '../server/transaction.ts';
import { copiesFrom, copyOf, integerAt, type Arguments } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { ALL_KEYS, internalCommand, type CommandRow } from './command.ts';
import { EXEC_ABORT, OK_REPLY } from './replies.ts';

function multi(_args: Arguments, session: Session): void {
  if (session.transaction !== undefined) {
    session.fail('ERR MULTI calls can not be nested');
    return;
  }
  session.transaction = new Transaction();
  session.out.raw(OK_REPLY);
}

export interface ReadyTransaction {
  readonly watched: readonly WatchedKey[];
  /** How many commands. */
  readonly length: number;
  /** As a client sends them. */
  readonly commands: Buffer;
}

/** Takes the transaction that EXEC is to run from the session, and what it watches; answers if there is none. */
export function takeTransaction(session: Session): ReadyTransaction | undefined {
  const { transaction, watched } = session;
  if (transaction === undefined) {
    session.fail('ERR EXEC without MULTI');
    return undefined;
  }
  const ready = { watched, length: transaction.length, commands: transaction.take() };
  if (session.tracking !== undefined && !transaction.spoiled) noteReads(ready, session);
  session.transaction = undefined;
  session.watched = [];
  if (transaction.spoiled) {
    session.fail(EXEC_ABORT);
    return undefined;
  }
  return ready;
}

function noteReads({ commands }: ReadyTransaction, session: Session): void {
  const { server } = session;
  const parser = new RequestParser(session.parser.limits);
  parser.feed(commands);
  while (parser.next()) server.tracker.note(server.commands.of(parser), parser, session);
}

/**
 * Runs the commands on the data node, unless a watched key has changed. All of them, whatever happens: what one
 * throws, which is a mistake of ours, is thrown after the last.
 */
export function runTransaction(
  { watched, length, commands }: ReadyTransaction,
  context: CommandContext,
): void {
  const { out } = context;
  if (!watched.every((each) => isUnchanged(each, context))) {
    out.nullArray();
    return;
  }
  out.array(length);
  const parser = new RequestParser();
  parser.feed(commands);
  const mistakes: unknown[] = [];
  while (parser.next()) {
    try {
      context.execute(parser);
    } catch (error) {
      mistakes.push(error);
    }
  }
  if (mistakes.length > 0) throw mistakes[0];
}

function exec(_args: Arguments, session: Session): void {
  const transaction = takeTransaction(session);
  if (transaction !== undefined) runTransaction(transaction, session);
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

export const WATCH_IN_MULTI = 'ERR WATCH inside MULTI is not allowed';

function watch(args: Arguments, session: Session): void {
  if (session.transaction !== undefined) {
    session.fail(WATCH_IN_MULTI);
    return;
  }
  for (const key of copiesFrom(args, 1)) session.watched.push(watchedKey(key, session));
  session.out.raw(OK_REPLY);
}

function unwatch(_args: Arguments, session: Session): void {
  session.watched = [];
  session.out.raw(OK_REPLY);
}

/** Every write of an entry gives it another version, and deleting it takes its version away. */
function watchedKey(key: Buffer, { node }: CommandContext): WatchedKey {
  const entry = node.find(key, 0, key.length);
  if (entry < 0) return { key, epoch: -1, counter: -1 };
  return { key, epoch: node.store.versionEpoch(entry), counter: node.store.versionCounter(entry) };
}

function isUnchanged(watched: WatchedKey, context: CommandContext): boolean {
  const { epoch, counter } = watchedKey(watched.key, context);
  return epoch === watched.epoch && counter === watched.counter;
}

// What a proxy says to a data node. A session lives at the proxy, so the messages carry what WATCH and EXEC would
// look up in it.

/** Answers the versions of the keys: epoch and counter of each in turn, -1 twice for an absent one. */
function versions(args: Arguments, context: CommandContext): void {
  const { out } = context;
  out.array(2 * (args.count - 1));
  for (let key = 1; key < args.count; key++) {
    const { epoch, counter } = watchedKey(copyOf(args, key), context);
    out.integer(epoch);
    out.integer(counter);
  }
}

/** Takes how many commands, the commands, and for each watched key: key, epoch, counter. Answers as EXEC. */
function transact(args: Arguments, context: CommandContext): void {
  const watched: WatchedKey[] = [];
  for (let i = 3; i < args.count; i += 3) {
    const [epoch, counter] = [Number(integerAt(args, i + 1)), Number(integerAt(args, i + 2))];
    watched.push({ key: copyOf(args, i), epoch, counter });
  }
  runTransaction({ watched, length: Number(integerAt(args, 1)), commands: copyOf(args, 2) }, context);
}

/** A transaction as the arguments of {@link TRANSACT}. */
export function transactArguments({ watched, length, commands }: ReadyTransaction): Arguments {
  const encoder = new CommandEncoder({ capacity: 512 });
  const versionsOf = watched.flatMap(({ key, epoch, counter }) => [key, epoch, counter]);
  encoder.encode(TRANSACT.name, length, commands, ...versionsOf);
  const parser = new RequestParser();
  parser.feed(encoder.take());
  parser.next();
  return parser;
}

export const VERSIONS = internalCommand({
  name: 'watch',
  arity: -2,
  flags: ['readonly'],
  keys: ALL_KEYS,
  run: versions,
});
/** A transaction of one command, which is its arguments: answers what that does, in no list. */
export const TRANSACT_ONE = internalCommand({
  name: 'exec',
  arity: -1,
  flags: ['write'],
  run: (args, context) => {
    context.execute(args);
  },
});
export const TRANSACT = internalCommand({ name: 'exec', arity: -3, flags: ['write'], run: transact });

export const TRANSACTION_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'multi',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '1.2.0',
    summary: 'Begins a transaction: the commands that follow wait for EXEC.',
    complexity: 'O(1)',
    controlsTransaction: true,
    serve: multi,
  },
  {
    name: 'exec',
    arity: 1,
    flags: ['noscript', 'loading', 'stale'],
    gather: 'exec',
    since: '1.2.0',
    summary: 'Runs the commands of the transaction, unless a watched key has changed.',
    complexity: 'that of the commands',
    controlsTransaction: true,
    serve: exec,
  },
  {
    name: 'discard',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '2.0.0',
    summary: 'Forgets the transaction.',
    complexity: 'O(1)',
    controlsTransaction: true,
    serve: discard,
  },
  {
    name: 'watch',
    arity: -2,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    keys: ALL_KEYS,
    gather: 'watch',
    since: '2.2.0',
    summary: 'Makes the next EXEC depend on that these keys do not change.',
    complexity: 'O(N) in the number of keys',
    controlsTransaction: true,
    serve: watch,
  },
  {
    name: 'unwatch',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    since: '2.2.0',
    summary: 'Forgets the watched keys.',
    complexity: 'O(1)',
    serve: unwatch,
  },
];
