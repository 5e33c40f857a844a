import {
  copiesFrom,
  copyOf,
  runTransaction,
  takeTransaction,
  TRANSACT,
  transactArguments,
  VERSIONS,
  WATCH_IN_MULTI,
  type Arguments,
  type Command,
  type ReadyTransaction,
  type Session,
} from '@distributed-cache/redis-server';
import { RequestParser, simpleReply } from '@distributed-cache/resp';
import { isLater, type Answer } from '@distributed-cache/data-node';
import type { Router } from '@distributed-cache/cache';
import { isError, lineEnd, numberAt } from './answer.ts';
import { CommandRequest, verbOf } from './command-request.ts';
import { CROSS_SLOT } from './errors.ts';
import { commonSlot, forEachKey, MANY_SLOTS, NO_SLOT, slotAt, slotOfKeys } from './keys.ts';
import { EXEC, EXEC_READING, SpreadTransaction } from './spread-transaction.ts';

const OK = simpleReply('OK');
const WATCH = verbOf(VERSIONS);

/** The versions of the keys become part of the session; all keys that it watches are in one slot. */
export function watch(args: Arguments, session: Session, router: Router): Answer<Buffer | undefined> {
  if (session.transaction !== undefined) {
    session.fail(WATCH_IN_MULTI);
    return undefined;
  }
  let slot = slotOfKeys(VERSIONS, args);
  for (const { key } of session.watched) slot = commonSlot(slot, slotOfBytes(key));
  if (slot === MANY_SLOTS) {
    session.fail(CROSS_SLOT);
    return undefined;
  }
  const keys = copiesFrom(args, 1);
  const remember = (answer: Buffer): Buffer => {
    if (isError(answer)) return answer;
    let at = lineEnd(answer, 0);
    for (const key of keys) {
      const counterAt = lineEnd(answer, at);
      session.watched.push({ key, epoch: numberAt(answer, at), counter: numberAt(answer, counterAt) });
      at = lineEnd(answer, counterAt);
    }
    return OK;
  };
  const request = new CommandRequest().fill(VERSIONS, args, session, slot, true);
  const answer = router.perform(WATCH, request);
  if (isLater(answer)) return answer.then((later) => remember(later!));
  session.out.raw(remember(answer!));
  return undefined;
}

/**
 * Sends the commands, with the versions that are watched, as one message to the primary of their slot. If they have keys
 * of several slots, and nothing is watched, each slot gets its part. Commands without keys run here.
 * @param strict refuses that too
 */
export function exec(session: Session, router: Router, strict: boolean): Answer<Buffer | undefined> {
  const transaction = takeTransaction(session);
  if (transaction === undefined) return undefined;
  const { slot, keys, writes, keyless } = survey(transaction, session);
  const { watched } = transaction;
  if (slot === MANY_SLOTS ? !strict && watched.length === 0 : slot !== NO_SLOT && keyless) {
    const spread = new SpreadTransaction(session, watched);
    forEachCommand(transaction, session, (command, args) => {
      spread.add(command, args);
    });
    return spread.run(router);
  }
  if (slot === MANY_SLOTS) {
    session.fail(CROSS_SLOT);
    return undefined;
  }
  if (slot === NO_SLOT) {
    runTransaction(transaction, session);
    return undefined;
  }
  const args = transactArguments(transaction);
  const request = new CommandRequest().fill(TRANSACT, args, session, slot, false);
  request.keys = keys;
  request.queued = queuedOf(transaction, session);
  return router.perform(writes ? EXEC : EXEC_READING, request);
}

interface Survey {
  readonly slot: number;
  readonly keys: readonly Buffer[];
  readonly writes: boolean;
  /** Some of its commands are about no keys: those run where the client is. */
  readonly keyless: boolean;
}

/** What a transaction is about. */
function survey(transaction: ReadyTransaction, session: Session): Survey {
  const keys = transaction.watched.map(({ key }) => key);
  let slot = NO_SLOT;
  for (const key of keys) slot = commonSlot(slot, slotOfBytes(key));
  let writes = false;
  let keyless = false;
  forEachCommand(transaction, session, (command, args) => {
    writes ||= command.writes;
    keyless ||= command.keys.first === 0;
    forEachKey(command, args, (index) => {
      slot = commonSlot(slot, slotAt(args, index));
      keys.push(copyOf(args, index));
    });
  });
  return { slot, keys, writes, keyless };
}

function queuedOf(transaction: ReadyTransaction, session: Session): Command[] {
  const commands: Command[] = [];
  forEachCommand(transaction, session, (command) => commands.push(command));
  return commands;
}

function forEachCommand(
  { commands }: ReadyTransaction,
  session: Session,
  visit: (command: Command<Session>, args: Arguments) => void,
): void {
  const parser = new RequestParser(session.parser.limits);
  parser.feed(commands);
  while (parser.next()) visit(session.server.commands.of(parser), parser);
}

function slotOfBytes(key: Buffer): number {
  return slotAt({ buffer: key, count: 1, starts: Int32Array.of(0), ends: Int32Array.of(key.length) }, 0);
}
