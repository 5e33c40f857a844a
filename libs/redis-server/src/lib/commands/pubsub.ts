import type { Session } from '../server/session.ts';
import { bytesAt, latin1At, type Arguments } from './arguments.ts';
import type { CommandRow, Flag } from './command.ts';
import { refuseSubcommand } from './outcomes.ts';

/** Tells one (un)subscription, also who wants no answers: what happened, to which name, and how many are left. */
function confirm(kind: string, name: string | undefined, session: Session): void {
  const { out, muting } = session;
  muting.takeBack();
  out.push(3);
  out.bulkText(kind);
  if (name === undefined) out.null();
  else out.bulk(Buffer.from(name, 'latin1'));
  out.integer(session.subscriptions);
  muting.keep();
}

function subscribe(args: Arguments, session: Session): void {
  for (let i = 1; i < args.count; i++) {
    const channel = latin1At(args, i);
    session.channels.add(channel);
    session.server.channels.subscribe(session, channel);
    session.subscriptionsChanged();
    confirm('subscribe', channel, session);
  }
}

function psubscribe(args: Arguments, session: Session): void {
  for (let i = 1; i < args.count; i++) {
    const pattern = latin1At(args, i);
    session.patterns.add(pattern);
    session.server.channels.subscribePattern(session, pattern);
    session.subscriptionsChanged();
    confirm('psubscribe', pattern, session);
  }
}

/** The names in the command, or all that the client has. */
function namesOr(all: Iterable<string>, args: Arguments): string[] {
  if (args.count === 1) return [...all];
  return Array.from({ length: args.count - 1 }, (_, i) => latin1At(args, i + 1));
}

function unsubscribe(args: Arguments, session: Session): void {
  const names = namesOr(session.channels, args);
  if (names.length === 0) confirm('unsubscribe', undefined, session);
  for (const channel of names) {
    session.channels.delete(channel);
    session.server.channels.unsubscribe(session, channel);
    session.subscriptionsChanged();
    confirm('unsubscribe', channel, session);
  }
}

function punsubscribe(args: Arguments, session: Session): void {
  const names = namesOr(session.patterns, args);
  if (names.length === 0) confirm('punsubscribe', undefined, session);
  for (const pattern of names) {
    session.patterns.delete(pattern);
    session.server.channels.unsubscribePattern(session, pattern);
    session.subscriptionsChanged();
    confirm('punsubscribe', pattern, session);
  }
}

function publish(args: Arguments, session: Session): void {
  session.out.integer(session.server.channels.publish(bytesAt(args, 1), bytesAt(args, 2)));
}

function channels(args: Arguments, session: Session): void {
  if (args.count > 3) {
    refuseSubcommand(args, session);
    return;
  }
  const { out, server } = session;
  const names = server.channels.names(args.count === 3 ? latin1At(args, 2) : undefined);
  out.array(names.length);
  for (const name of names) out.bulk(Buffer.from(name, 'latin1'));
}

function numsub(args: Arguments, session: Session): void {
  const { out, server } = session;
  out.array(2 * (args.count - 2));
  for (let i = 2; i < args.count; i++) {
    out.bulk(args.buffer, args.starts[i], args.ends[i]);
    out.integer(server.channels.subscribers(latin1At(args, i)));
  }
}

function numpat(_args: Arguments, session: Session): void {
  session.out.integer(session.server.channels.patterns);
}

const FLAGS: readonly Flag[] = ['pubsub', 'noscript', 'loading', 'stale'];

export const PUBSUB_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'subscribe',
    arity: -2,
    flags: FLAGS,
    since: '2.0.0',
    summary: 'Listens to channels.',
    complexity: 'O(N) in the number of channels',
    whileSubscribed: true,
    serve: subscribe,
  },
  {
    name: 'unsubscribe',
    arity: -1,
    flags: FLAGS,
    since: '2.0.0',
    summary: 'Stops listening to channels, all if none is named.',
    complexity: 'O(N) in the number of channels',
    whileSubscribed: true,
    serve: unsubscribe,
  },
  {
    name: 'psubscribe',
    arity: -2,
    flags: FLAGS,
    since: '2.0.0',
    summary: 'Listens to the channels that match patterns.',
    complexity: 'O(N) in the number of patterns',
    whileSubscribed: true,
    serve: psubscribe,
  },
  {
    name: 'punsubscribe',
    arity: -1,
    flags: FLAGS,
    since: '2.0.0',
    summary: 'Stops listening to patterns, all if none is named.',
    complexity: 'O(N) in the number of patterns',
    whileSubscribed: true,
    serve: punsubscribe,
  },
  {
    name: 'publish',
    arity: 3,
    flags: ['pubsub', 'loading', 'stale', 'fast'],
    since: '2.0.0',
    summary:
      'Sends a message to the subscribers of a channel at all nodes; answers how many are at this one.',
    complexity: 'O(N) in the number of subscribers and patterns',
    serve: publish,
  },
  {
    name: 'pubsub',
    arity: -2,
    flags: [],
    since: '2.8.0',
    helpSince: '6.2.0',
    summary: 'Says who listens.',
    subcommands: [
      {
        name: 'channels',
        arity: -2,
        flags: ['pubsub', 'loading', 'stale'],
        since: '2.8.0',
        summary: 'Answers the channels that have subscribers here.',
        complexity: 'O(N) in the number of channels',
        syntax: '[<pattern>]',
        serve: channels,
      },
      {
        name: 'numsub',
        arity: -2,
        flags: ['pubsub', 'loading', 'stale'],
        since: '2.8.0',
        summary: 'Counts the subscribers of channels.',
        complexity: 'O(N) in the number of channels named',
        syntax: '[<channel> ...]',
        serve: numsub,
      },
      {
        name: 'numpat',
        arity: 2,
        flags: ['pubsub', 'loading', 'stale'],
        since: '2.8.0',
        summary: 'Counts the patterns that clients listen to.',
        complexity: 'O(1)',
        serve: numpat,
      },
    ],
  },
];
