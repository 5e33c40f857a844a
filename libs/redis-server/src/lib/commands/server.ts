import type { Session } from '../server/session.ts';
import type { Settings } from '../server/settings.ts';
import { integerAt, isWord, latin1At, type Arguments } from './arguments.ts';
import type { CommandRow, Flag } from './command.ts';
import { infoText } from './info.ts';
import { refuseSubcommand } from './outcomes.ts';
import { OK_REPLY, SYNTAX_ERROR } from './replies.ts';

function info(args: Arguments, session: Session): void {
  const asked = Array.from({ length: args.count - 1 }, (_, i) => latin1At(args, i + 1).toLowerCase());
  session.out.verbatim(infoText(session.server, asked));
}

function time(_args: Arguments, session: Session): void {
  const { out, server } = session;
  const microseconds = server.timeOfDay.microseconds();
  out.array(2);
  out.bulkText(String(Math.floor(microseconds / 1_000_000)));
  out.bulkText(String(microseconds % 1_000_000));
}

/** Redis's sentence, and what to set here. */
function debugRefusal({ enableDebugCommand }: Settings): string | undefined {
  if (enableDebugCommand) return undefined;
  return 'ERR DEBUG command not allowed. Set ENABLE_DEBUG_COMMAND=true in the environment of the server, and then restart it.';
}

function shutdownRefusal({ enableShutdown, password }: Settings): string | undefined {
  if (enableShutdown) return undefined;
  const toSet = password === undefined ? 'PASSWORD, or ENABLE_SHUTDOWN=true,' : 'ENABLE_SHUTDOWN=true';
  return `ERR SHUTDOWN command not allowed. Set ${toSet} in the environment of the server, and then restart it.`;
}

/** What it can do is no subcommand in Redis's table either: errors and figures name DEBUG alone. */
function debug(args: Arguments, session: Session): void {
  if (args.count === 3 && isWord(args, 1, 'sleep')) debugSleep(args, session);
  else if (args.count === 2 && isWord(args, 1, 'help')) debugHelp(args, session);
  else refuseSubcommand(args, session);
}

/** As in Redis, nobody is served meanwhile: that is what it is for. And what is no number is 0. */
function debugSleep(args: Arguments, session: Session): void {
  const seconds = Number.parseFloat(latin1At(args, 2)) || 0;
  const sleep = Math.min(Math.max(seconds, 0), MAX_SLEEP);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sleep * 1000);
  session.out.raw(OK_REPLY);
}

function debugHelp(_args: Arguments, { out }: Session): void {
  out.array(DEBUG_HELP.length);
  for (const line of DEBUG_HELP) out.simple(line);
}

const DEBUG_HELP = [
  'DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  ...['SLEEP <seconds>', '    Stops this process.', 'HELP', '    Prints this help.'],
];

/** In seconds. */
const MAX_SLEEP = 3600;

function slowlogGet(args: Arguments, session: Session): void {
  if (args.count > 3) {
    refuseSubcommand(args, session);
    return;
  }
  let count: number | bigint = 10;
  if (args.count === 3) {
    const asked = integerAt(args, 2);
    if (asked === undefined || asked < -1) {
      session.fail('ERR count should be greater than or equal to -1');
      return;
    }
    count = asked;
  }
  const { out, server } = session;
  const entries = count === -1 ? server.slowlog.entries : server.slowlog.entries.slice(0, Number(count));
  out.array(entries.length);
  for (const entry of entries) {
    out.array(6);
    out.integer(entry.id);
    out.integer(entry.time);
    out.integer(entry.microseconds);
    out.array(entry.args.length);
    for (const argument of entry.args) out.bulk(argument);
    out.bulkText(entry.address);
    out.bulkText(entry.clientName);
  }
}

function slowlogLen(_args: Arguments, session: Session): void {
  session.out.integer(session.server.slowlog.entries.length);
}

function slowlogReset(_args: Arguments, session: Session): void {
  session.server.slowlog.reset();
  session.out.raw(OK_REPLY);
}

function shutdown(args: Arguments, session: Session): void {
  for (let i = 1; i < args.count; i++) {
    if (isWord(args, i, 'abort') && args.count === 2) {
      session.fail('ERR No shutdown in progress.');
      return;
    }
    if (!['nosave', 'save', 'now', 'force'].some((word) => isWord(args, i, word))) {
      session.fail(SYNTAX_ERROR);
      return;
    }
  }
  session.server.shutdown();
}

/** There are no functions to delete; clients and test tools send this beside FLUSHALL. */
function functionFlush(args: Arguments, session: Session): void {
  if (args.count > 3) {
    refuseSubcommand(args, session);
  } else if (args.count === 3 && !isWord(args, 2, 'sync') && !isWord(args, 2, 'async')) {
    session.fail('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
  } else {
    session.out.raw(OK_REPLY);
  }
}

const ADMIN: readonly Flag[] = ['admin', 'noscript', 'loading', 'stale'];

export const SERVER_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'info',
    arity: -1,
    flags: ['loading', 'stale'],
    since: '1.0.0',
    categories: ['@dangerous'],
    summary: 'Answers figures about this server.',
    complexity: 'O(1)',
    serve: info,
  },
  {
    name: 'time',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    since: '2.6.0',
    summary: 'Answers Unix time in seconds, and the microseconds.',
    complexity: 'O(1)',
    serve: time,
  },
  {
    name: 'debug',
    arity: -2,
    flags: ADMIN,
    since: '1.0.0',
    summary: 'Helps with tests: SLEEP stops this process for some seconds.',
    complexity: 'the seconds given',
    refusal: debugRefusal,
    serve: debug,
  },
  {
    name: 'slowlog',
    arity: -2,
    flags: [],
    since: '2.2.12',
    helpSince: '6.2.0',
    summary: 'Says which commands took long.',
    subcommands: [
      {
        name: 'get',
        arity: -2,
        flags: ['admin', 'loading', 'stale'],
        since: '2.2.12',
        summary: 'Answers the latest slow commands.',
        complexity: 'O(N) in the number of entries',
        syntax: '[<count>]',
        serve: slowlogGet,
      },
      {
        name: 'len',
        arity: 2,
        flags: ['admin', 'loading', 'stale'],
        since: '2.2.12',
        summary: 'Counts the slow commands that are kept.',
        complexity: 'O(1)',
        serve: slowlogLen,
      },
      {
        name: 'reset',
        arity: 2,
        flags: ['admin', 'loading', 'stale'],
        since: '2.2.12',
        summary: 'Forgets the slow commands.',
        complexity: 'O(N) in the number of entries',
        serve: slowlogReset,
      },
    ],
  },
  {
    name: 'shutdown',
    arity: -1,
    flags: [...ADMIN, 'no_multi'],
    since: '1.0.0',
    summary: 'Ends the process gracefully.',
    complexity: 'O(1)',
    refusal: shutdownRefusal,
    serve: shutdown,
  },
  {
    name: 'function',
    arity: -2,
    flags: [],
    since: '7.0.0',
    group: 'scripting',
    summary: 'Accepts what test tools send.',
    subcommands: [
      {
        name: 'flush',
        arity: -2,
        flags: ['write', 'noscript'],
        since: '7.0.0',
        summary: 'Answers OK: there are no functions.',
        complexity: 'O(1)',
        syntax: '[ASYNC|SYNC]',
        serve: functionFlush,
      },
    ],
  },
];
