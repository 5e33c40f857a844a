import type { Session } from '../server/session.ts';
import { Tracking, type TrackingOptions } from '../server/tracking.ts';
import { integerAt, isWord, latin1At, type Arguments } from './arguments.ts';
import { FLAGS, type ClientCommand } from './client-command.ts';
import { NOT_AN_INTEGER_ERROR, OK_REPLY, SYNTAX_ERROR } from './replies.ts';

// Client-side caching: the subcommands of CLIENT for it.

/** The options in the command, or the error to answer. */
function readOptions(args: Arguments, session: Session): TrackingOptions | Buffer | string {
  const given = { broadcast: false, optIn: false, optOut: false, noLoop: false };
  const prefixes: string[] = [];
  for (let i = 3; i < args.count; i++) {
    const more = i + 1 < args.count;
    if (isWord(args, i, 'bcast')) given.broadcast = true;
    else if (isWord(args, i, 'optin')) given.optIn = true;
    else if (isWord(args, i, 'optout')) given.optOut = true;
    else if (isWord(args, i, 'noloop')) given.noLoop = true;
    else if (isWord(args, i, 'prefix') && more) prefixes.push(latin1At(args, ++i));
    else if (isWord(args, i, 'redirect') && more) return refuseRedirection(args, i + 1, session);
    else return SYNTAX_ERROR;
  }
  return { ...given, prefixes };
}

function refuseRedirection(args: Arguments, index: number, session: Session): Buffer | string {
  const id = integerAt(args, index);
  if (id === undefined) return NOT_AN_INTEGER_ERROR;
  if (!session.server.sessions.has(Number(id)))
    return 'ERR The client ID you want redirect to does not exist';
  return 'ERR REDIRECT is not supported: use RESP3 (HELLO 3), where invalidations come over the same connection';
}

/** What Redis answers to options that do not go together, or with those that the client has; undefined when they do. */
function conflict(options: TrackingOptions, current: TrackingOptions | undefined): string | undefined {
  const { broadcast, prefixes, optIn, optOut } = options;
  if (!broadcast && prefixes.length > 0) return 'ERR PREFIX option requires BCAST mode to be enabled';
  if (current !== undefined && current.broadcast !== broadcast) {
    return `ERR You can't switch BCAST mode on/off ${SWITCHING}`;
  }
  if (broadcast && (optIn || optOut)) return 'ERR OPTIN and OPTOUT are not compatible with BCAST';
  if (optIn && optOut) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if ((optIn && current?.optOut === true) || (optOut && current?.optIn === true)) {
    return `ERR You can't switch OPTIN/OPTOUT mode ${SWITCHING}`;
  }
  return overlap(prefixes, current?.prefixes ?? []);
}

const SWITCHING = 'before disabling tracking for this client, and then re-enabling it with a different mode.';

function overlap(prefixes: readonly string[], existing: readonly string[]): string | undefined {
  const overlaps = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
  const suspects = overlapping([...prefixes, ...existing]);
  for (const [i, prefix] of prefixes.entries()) {
    if (!suspects.has(prefix)) continue;
    const found = existing.find((other) => overlaps(prefix, other));
    const given = prefixes.slice(i + 1).find((other) => overlaps(prefix, other));
    if (found === undefined && given === undefined) continue;
    const which =
      found === undefined ? `another provided prefix '${given}'` : `an existing prefix '${found}'`;
    return `ERR Prefix '${prefix}' overlaps with ${which}. Prefixes for a single client must not overlap.`;
  }
  return undefined;
}

/** Those that begin with another, or another with them; in order, all that begin with one follow it. */
function overlapping(prefixes: readonly string[]): Set<string> {
  const found = new Set<string>();
  const beginnings: string[] = [];
  for (const prefix of [...prefixes].sort()) {
    while (beginnings.length > 0 && !prefix.startsWith(beginnings.at(-1)!)) beginnings.pop();
    if (beginnings.length > 0) found.add(beginnings.at(-1)!).add(prefix);
    beginnings.push(prefix);
  }
  return found;
}

function tracking(args: Arguments, session: Session): void {
  const options = readOptions(args, session);
  if (typeof options === 'string' || Buffer.isBuffer(options)) {
    session.fail(options);
    return;
  }
  if (isWord(args, 2, 'on')) {
    const current = session.tracking?.options;
    const problem = conflict(options, current);
    if (problem !== undefined) {
      session.fail(problem);
      return;
    }
    const next = new Tracking({ ...options, prefixes: allPrefixes(options, current) });
    next.caching = session.tracking?.caching === true;
    session.tracking = next;
  } else if (isWord(args, 2, 'off')) {
    session.tracking = undefined;
  } else {
    session.fail(SYNTAX_ERROR);
    return;
  }
  session.out.raw(OK_REPLY);
}

/** With those that the client had. Without any, BCAST is about all keys. */
function allPrefixes(
  { broadcast, prefixes }: TrackingOptions,
  current: TrackingOptions | undefined,
): string[] {
  const given = broadcast && prefixes.length === 0 ? [''] : prefixes;
  return [...new Set([...(current?.prefixes ?? []), ...given])].sort();
}

function caching(args: Arguments, session: Session): void {
  const yes = isWord(args, 2, 'yes');
  if (session.tracking === undefined) {
    session.fail(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    );
  } else if (!yes && !isWord(args, 2, 'no')) {
    session.fail(SYNTAX_ERROR);
  } else if (yes && !session.tracking.options.optIn) {
    session.fail('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
  } else if (!yes && !session.tracking.options.optOut) {
    session.fail('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
  } else {
    session.tracking.caching = true;
    session.out.raw(OK_REPLY);
  }
}

function flagsOf({ options, caching }: Tracking): string[] {
  const { broadcast, optIn, optOut, noLoop } = options;
  return [
    'on',
    ...(broadcast ? ['bcast'] : []),
    ...(optIn ? ['optin', ...(caching ? ['caching-yes'] : [])] : []),
    ...(optOut ? ['optout', ...(caching ? ['caching-no'] : [])] : []),
    ...(noLoop ? ['noloop'] : []),
  ];
}

function trackinginfo(_args: Arguments, session: Session): void {
  const { out, tracking } = session;
  const flags = tracking === undefined ? ['off'] : flagsOf(tracking);
  const prefixes = tracking?.options.prefixes ?? [];
  out.map(3);
  out.bulkText('flags');
  out.set(flags.length);
  for (const flag of flags) out.bulkText(flag);
  out.bulkText('redirect');
  out.integer(redirection(session));
  out.bulkText('prefixes');
  out.array(prefixes.length);
  for (const prefix of prefixes) out.bulk(Buffer.from(prefix, 'latin1'));
}

/** 0: to the client itself. -1: it is not tracked. */
export function redirection({ tracking }: Session): number {
  return tracking === undefined ? -1 : 0;
}

function getredir(_args: Arguments, session: Session): void {
  session.out.integer(redirection(session));
}

/** As rows of the subcommands of CLIENT. */
export const TRACKING_COMMANDS: readonly ClientCommand[] = [
  [
    'tracking',
    '(ON|OFF) [BCAST] [PREFIX <prefix> ...] [OPTIN] [OPTOUT] [NOLOOP]',
    -3,
    FLAGS,
    '6.0.0',
    'Tells the client when what it read changes.',
    tracking,
  ],
  ['caching', '(YES|NO)', 3, FLAGS, '6.0.0', 'Says whether the next reads are tracked.', caching],
  ['trackinginfo', undefined, 2, FLAGS, '6.2.0', 'Describes how the client is tracked.', trackinginfo],
  ['getredir', undefined, 2, FLAGS, '6.0.0', 'Answers where invalidations go.', getredir],
];
