import { createHash, timingSafeEqual } from 'node:crypto';
import type { Session } from '../server/session.ts';
import { copyOf, integerAt, isWord, latin1At, quotedAt, textAt, type Arguments } from './arguments.ts';
import type { CommandRow } from './command.ts';
import { databaseProblem } from './outcomes.ts';
import { OK_REPLY, PONG, RESET_REPLY, SYNTAX_ERROR, WRONG_PASS } from './replies.ts';
import { REDIS_VERSION } from './version.ts';

const DEFAULT_USER = 'default';

/** Takes the same time wherever the two differ. */
function equal(a: Buffer, b: Buffer): boolean {
  const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Lets the client in if user and password are right. Without a password, everybody is the user `default`. */
function authenticate(user: string, password: Buffer, session: Session): boolean {
  const { password: expected } = session.server.settings;
  const right = expected === undefined || equal(password, Buffer.from(expected));
  if (user !== DEFAULT_USER || !right) {
    session.fail(WRONG_PASS);
    return false;
  }
  session.authenticated = true;
  return true;
}

function auth(args: Arguments, session: Session): void {
  if (args.count > 3) {
    session.fail(SYNTAX_ERROR);
    return;
  }
  if (args.count === 2 && session.server.settings.password === undefined) {
    session.fail(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
    return;
  }
  const user = args.count === 3 ? textAt(args, 1) : DEFAULT_USER;
  if (authenticate(user, copyOf(args, args.count - 1), session)) session.out.raw(OK_REPLY);
}

function hello(args: Arguments, session: Session): void {
  let protocol: 2 | 3 = session.protocol;
  if (args.count > 1) {
    const asked = integerAt(args, 1);
    if (asked === undefined) {
      session.fail('ERR Protocol version is not an integer or out of range');
      return;
    }
    if (asked !== 2 && asked !== 3) {
      session.fail('NOPROTO unsupported protocol version');
      return;
    }
    protocol = asked;
  }
  // As in Redis, each option counts as soon as it is read, whatever is wrong with the next one.
  for (let i = 2; i < args.count; i++) {
    if (isWord(args, i, 'auth') && i + 2 < args.count) {
      if (!authenticate(textAt(args, i + 1), copyOf(args, i + 2), session)) return;
      i += 2;
    } else if (isWord(args, i, 'setname') && i + 1 < args.count) {
      const name = latin1At(args, ++i);
      if (!isClientName(name)) {
        session.fail(BAD_CLIENT_NAME);
        return;
      }
      session.name = name;
    } else {
      session.fail(`ERR Syntax error in HELLO option '${quotedAt(args, i)}'`);
      return;
    }
  }
  if (!session.authenticated) {
    session.fail(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
    return;
  }
  session.protocol = protocol;
  const { out } = session;
  out.map(7);
  for (const [field, value] of [
    ['server', 'redis'],
    ['version', REDIS_VERSION],
    ['proto', protocol],
    ['id', session.id],
    ['mode', 'standalone'],
    ['role', 'master'],
  ] as const) {
    out.bulkText(field);
    if (typeof value === 'number') out.integer(value);
    else out.bulkText(value);
  }
  out.bulkText('modules');
  out.array(0);
}

/** Redis's rule: printable ASCII without spaces; and ours, that ten thousand of them can be listed. */
export function isClientName(name: string): boolean {
  return name.length <= MAX_CLIENT_NAME && /^[!-~]*$/.test(name);
}

const MAX_CLIENT_NAME = 1024;

export const BAD_CLIENT_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';

function ping(args: Arguments, session: Session): void {
  const { out } = session;
  if (args.count > 2) {
    session.fail("ERR wrong number of arguments for 'ping' command");
  } else if (session.protocol === 2 && session.subscriptions > 0) {
    out.array(2);
    out.bulkText('pong');
    if (args.count === 2) out.bulk(args.buffer, args.starts[1], args.ends[1]);
    else out.open(0);
  } else if (args.count === 2) {
    out.bulk(args.buffer, args.starts[1], args.ends[1]);
  } else {
    out.raw(PONG);
  }
}

function echo(args: Arguments, session: Session): void {
  session.out.bulk(args.buffer, args.starts[1], args.ends[1]);
}

function quit(_args: Arguments, session: Session): void {
  session.out.raw(OK_REPLY);
  session.closing = true;
}

function reset(_args: Arguments, session: Session): void {
  session.reset();
  session.out.raw(RESET_REPLY);
}

/** Who is refused a database, and does not notice, must not go on with another one: from then on there is none. */
function refuseDatabase(args: Arguments, session: Session): Buffer | undefined {
  if (integerAt(args, 1) === undefined) return undefined;
  const problem = databaseProblem(args, 1);
  if (problem !== undefined) session.withoutDatabase = true;
  return problem;
}

function select(args: Arguments, session: Session): void {
  const problem = refuseDatabase(args, session) ?? databaseProblem(args, 1);
  if (problem !== undefined) {
    session.fail(problem);
    return;
  }
  session.withoutDatabase = false;
  session.out.raw(OK_REPLY);
}

export const CONNECTION_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'hello',
    arity: -1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth'],
    since: '6.0.0',
    summary: 'Chooses the version of the protocol, and may authenticate and name the client.',
    complexity: 'O(1)',
    serve: hello,
  },
  {
    name: 'auth',
    arity: -2,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth'],
    since: '1.0.0',
    summary: 'Authenticates the client.',
    complexity: 'O(1)',
    serve: auth,
  },
  {
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    since: '1.0.0',
    summary: 'Answers PONG, or its argument.',
    complexity: 'O(1)',
    whileSubscribed: true,
    serve: ping,
  },
  {
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Answers its argument.',
    complexity: 'O(1)',
    serve: echo,
  },
  {
    name: 'quit',
    arity: -1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth'],
    since: '1.0.0',
    summary: 'Closes the connection.',
    complexity: 'O(1)',
    whileSubscribed: true,
    controlsTransaction: true,
    serve: quit,
  },
  {
    name: 'reset',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth'],
    since: '6.2.0',
    summary: 'Makes the connection as it was when it was opened.',
    complexity: 'O(1)',
    whileSubscribed: true,
    controlsTransaction: true,
    serve: reset,
  },
  {
    name: 'select',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Accepts database 0, the only one.',
    complexity: 'O(1)',
    refuseQueued: refuseDatabase,
    serve: select,
  },
];
