import type { Session } from '../server/session.ts';
import { integerAt, isWord, latin1At, quotedAt, type Arguments } from './arguments.ts';
import { ADMIN, FLAGS, type ClientCommand } from './client-command.ts';
import type { CommandRow } from './command.ts';
import { BAD_CLIENT_NAME, isClientName } from './connection.ts';
import { refuseSubcommand } from './outcomes.ts';
import { OK_REPLY, SYNTAX_ERROR } from './replies.ts';
import { redirection, TRACKING_COMMANDS } from './tracking.ts';

function id(_args: Arguments, session: Session): void {
  session.out.integer(session.id);
}

function setname(args: Arguments, session: Session): void {
  const name = latin1At(args, 2);
  if (!isClientName(name)) {
    session.fail(BAD_CLIENT_NAME);
    return;
  }
  session.name = name;
  session.out.raw(OK_REPLY);
}

function getname(_args: Arguments, session: Session): void {
  if (session.name === '') session.out.null();
  else session.out.bulkText(session.name);
}

function setinfo(args: Arguments, session: Session): void {
  const value = latin1At(args, 3);
  const isName = isWord(args, 2, 'lib-name');
  if (!isName && !isWord(args, 2, 'lib-ver')) {
    session.fail(`ERR Unrecognized option '${quotedAt(args, 2)}'`);
  } else if (!isClientName(value)) {
    session.fail(
      `ERR ${isName ? 'lib-name' : 'lib-ver'} cannot contain spaces, newlines or special characters.`,
    );
  } else {
    if (isName) session.libraryName = value;
    else session.libraryVersion = value;
    session.out.raw(OK_REPLY);
  }
}

/**
 * The line of CLIENT LIST: all fields of Redis 7.0, in its order, since clients convert each of them to a number and fail
 * where one is missing. What a connection does not have here is 0. The library's name and version are from 7.2.
 */
function describe(session: Session): string {
  const { server, transaction, lastCommand, parser } = session;
  const { pending } = session.transport;
  const seconds = (since: number): number => Math.floor((server.clock.now() - since) / 1000);
  const tracked = session.tracking === undefined ? '' : session.tracking.options.broadcast ? 'tB' : 't';
  const flags = `${session.subscriptions > 0 ? 'P' : ''}${transaction === undefined ? '' : 'x'}${tracked}${session.noEvict ? 'e' : ''}`;
  const fields: readonly [string, string | number][] = [
    ['id', session.id],
    ['addr', session.transport.remote],
    ['laddr', session.transport.local],
    ['fd', 0],
    ['name', session.name],
    ['age', seconds(session.createdAt)],
    ['idle', seconds(session.lastActive)],
    ['flags', flags === '' ? 'N' : flags],
    ['db', 0],
    ['sub', session.channels.size],
    ['psub', session.patterns.size],
    ['ssub', 0],
    ['multi', transaction === undefined ? -1 : transaction.length],
    ['qbuf', parser.keptBytes],
    ['qbuf-free', 0],
    ['argv-mem', 0],
    ['multi-mem', 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', 0],
    ['omem', pending],
    ['tot-mem', parser.keptBytes + pending],
    ['events', 'r'],
    ['cmd', lastCommand === undefined ? 'NULL' : lastCommand.fullName],
    ['user', 'default'],
    ['redir', redirection(session)],
    ['resp', session.protocol],
    ['lib-name', session.libraryName],
    ['lib-ver', session.libraryVersion],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}

function info(_args: Arguments, session: Session): void {
  session.out.verbatim(`${describe(session)}\n`);
}

const TYPES: readonly string[] = ['normal', 'master', 'replica', 'slave', 'pubsub'];

function isOfType(session: Session, type: string): boolean {
  return session.subscriptions > 0 ? type === 'pubsub' : type === 'normal';
}

function list(args: Arguments, session: Session): void {
  let chosen = [...session.server.sessions.values()];
  if (args.count === 4 && isWord(args, 2, 'type')) {
    const type = quotedAt(args, 3).toLowerCase();
    if (!TYPES.includes(type)) {
      session.fail(`ERR Unknown client type '${quotedAt(args, 3)}'`);
      return;
    }
    chosen = chosen.filter((each) => isOfType(each, type));
  } else if (args.count > 3 && isWord(args, 2, 'id')) {
    // Each once: a request can name one client a million times.
    const named = new Set<Session>();
    for (let i = 3; i < args.count; i++) {
      const number = integerAt(args, i);
      if (number === undefined) {
        session.fail('ERR Invalid client ID');
        return;
      }
      const found = session.server.sessions.get(Number(number));
      if (found !== undefined) named.add(found);
    }
    chosen = [...named];
  } else if (args.count !== 2) {
    session.fail(SYNTAX_ERROR);
    return;
  }
  session.out.verbatim(chosen.map((each) => `${describe(each)}\n`).join(''));
}

/** Which clients CLIENT KILL means; undefined after answering what is wrong. */
function killFilter(args: Arguments, session: Session): ((each: Session) => boolean) | undefined {
  // As in Redis, of two filters of a kind the last one counts.
  const conditions = new Map<string, (each: Session) => boolean>();
  let skipSelf = true;
  for (let i = 2; i < args.count; i += 2) {
    const value = i + 1;
    if (value === args.count) {
      session.fail(SYNTAX_ERROR);
      return undefined;
    }
    const text = latin1At(args, value);
    if (isWord(args, i, 'id')) {
      const number = integerAt(args, value);
      if (number === undefined || number < 1) {
        session.fail('ERR client-id should be greater than 0');
        return undefined;
      }
      conditions.set('id', (each) => each.id === number);
    } else if (isWord(args, i, 'addr')) {
      conditions.set('addr', (each) => each.transport.remote === text);
    } else if (isWord(args, i, 'laddr')) {
      conditions.set('laddr', (each) => each.transport.local === text);
    } else if (isWord(args, i, 'type')) {
      const type = quotedAt(args, value).toLowerCase();
      if (!TYPES.includes(type)) {
        session.fail(`ERR Unknown client type '${quotedAt(args, value)}'`);
        return undefined;
      }
      conditions.set('type', (each) => isOfType(each, type));
    } else if (isWord(args, i, 'user')) {
      if (text !== 'default') {
        session.fail(`ERR No such user '${quotedAt(args, value)}'`);
        return undefined;
      }
    } else if (isWord(args, i, 'skipme') && ['yes', 'no'].includes(text.toLowerCase())) {
      skipSelf = text.toLowerCase() === 'yes';
    } else {
      session.fail(SYNTAX_ERROR);
      return undefined;
    }
  }
  return (each) => !(skipSelf && each === session) && [...conditions.values()].every((holds) => holds(each));
}

function kill(args: Arguments, session: Session): void {
  const { out, server } = session;
  if (args.count === 3) {
    const address = latin1At(args, 2);
    const found = [...server.sessions.values()].find((each) => each.transport.remote === address);
    if (found === undefined) {
      session.fail('ERR No such client');
      return;
    }
    out.raw(OK_REPLY);
    end(found, session);
    return;
  }
  const filter = killFilter(args, session);
  if (filter === undefined) return;
  const chosen = [...server.sessions.values()].filter(filter);
  out.integer(chosen.length);
  for (const each of chosen) end(each, session);
}

/** The client that asks for its own end gets its answer first, which may be a part of one that comes later. */
function end(target: Session, session: Session): void {
  if (target !== session) target.disconnect();
  else if (session.waiting) session.finishing = true;
  else session.closing = true;
}

function reply(args: Arguments, session: Session): void {
  const { muting } = session;
  if (isWord(args, 2, 'on')) {
    muting.on();
    session.out.raw(OK_REPLY);
  } else if (isWord(args, 2, 'off')) {
    muting.off();
  } else if (isWord(args, 2, 'skip')) {
    muting.skipNext();
  } else {
    session.fail(SYNTAX_ERROR);
  }
}

/** A setting of the client that is ON or OFF. */
function toggling(apply: (session: Session, on: boolean) => void) {
  return (args: Arguments, session: Session): void => {
    const on = isWord(args, 2, 'on');
    if (!on && !isWord(args, 2, 'off')) {
      session.fail(SYNTAX_ERROR);
      return;
    }
    apply(session, on);
    session.out.raw(OK_REPLY);
  };
}

/** Milliseconds for which any client may let all others wait. */
const MAX_PAUSE = 60_000;

function pause(args: Arguments, session: Session): void {
  if (args.count > 4) {
    refuseSubcommand(args, session);
    return;
  }
  const timeout = integerAt(args, 2);
  const writesOnly = args.count === 4 && isWord(args, 3, 'write');
  if (args.count === 4 && !writesOnly && !isWord(args, 3, 'all')) {
    session.fail('ERR CLIENT PAUSE mode must be WRITE or ALL');
  } else if (timeout === undefined) {
    session.fail('ERR timeout is not an integer or out of range');
  } else if (timeout < 0) {
    session.fail('ERR timeout is negative');
  } else if (timeout > MAX_PAUSE && !session.server.settings.enableDebugCommand) {
    session.fail(
      `ERR timeout is over ${MAX_PAUSE} milliseconds, which needs ENABLE_DEBUG_COMMAND=true in the environment of the server`,
    );
  } else {
    session.server.pause(Math.min(Number(timeout), 2 ** 31 - 1), writesOnly);
    session.out.raw(OK_REPLY);
  }
}

function unpause(_args: Arguments, session: Session): void {
  session.server.unpause();
  session.out.raw(OK_REPLY);
}

const SUBCOMMANDS: readonly ClientCommand[] = [
  ['id', undefined, 2, FLAGS, '5.0.0', 'Answers the number of the connection.', id],
  ['setname', '<name>', 3, FLAGS, '2.6.9', 'Names the connection.', setname],
  ['getname', undefined, 2, FLAGS, '2.6.9', 'Answers the name of the connection.', getname],
  [
    'setinfo',
    '(LIB-NAME | LIB-VER) <text>',
    4,
    FLAGS,
    '7.2.0',
    'Says which library the client uses.',
    setinfo,
  ],
  ['info', undefined, 2, FLAGS, '6.2.0', 'Describes this connection.', info],
  [
    'list',
    '[TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]',
    -2,
    ADMIN,
    '2.4.0',
    'Describes the connections.',
    list,
  ],
  [
    'kill',
    '(<ip:port> | (ID|ADDR|LADDR|TYPE|USER|SKIPME) <value> [<option> <value> ...])',
    -3,
    ADMIN,
    '2.4.0',
    'Closes connections.',
    kill,
  ],
  ['reply', '(ON|OFF|SKIP)', 3, FLAGS, '3.2.0', 'Turns answers off and on.', reply],
  [
    'no-evict',
    '(ON|OFF)',
    3,
    ADMIN,
    '7.0.0',
    'Accepted, without effect.',
    toggling((session, on) => {
      session.noEvict = on;
    }),
  ],
  [
    'no-touch',
    '(ON|OFF)',
    3,
    FLAGS,
    '7.2.0',
    'Lets GET leave the order of use as it is.',
    toggling((session, on) => {
      session.noTouch = on;
    }),
  ],
  [
    'pause',
    '<milliseconds> [WRITE|ALL]',
    -3,
    ADMIN,
    '2.9.50',
    'Lets the commands of all clients, or the writing ones, wait.',
    pause,
  ],
  ['unpause', undefined, 2, ADMIN, '6.2.0', 'Ends a pause.', unpause],
  ...TRACKING_COMMANDS,
];

export const CLIENT_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'client',
    arity: -2,
    flags: [],
    since: '2.4.0',
    helpSince: '5.0.0',
    summary: 'Is about connections.',
    subcommands: SUBCOMMANDS.map(([name, syntax, arity, flags, since, summary, run]) => ({
      name,
      syntax,
      arity,
      flags,
      since,
      summary,
      complexity: 'O(1)',
      serve: run,
    })),
  },
];
