import { ReplyError, Verbatim, type Reply } from '@distributed-cache/resp';
import { nameOf } from './case.ts';

/** Where an answer need not be the same to the byte, and why. */
export interface Rule {
  readonly commands: readonly string[];
  readonly reason: string;
  /** Whether two answers that differ say the same. */
  same(ours: Reply, theirs: Reply, args: readonly string[]): boolean;
  /** After it the keys may differ: the rest of the case says nothing. */
  readonly diverges?: true;
}

const isNumber = (reply: Reply): reply is number | bigint =>
  typeof reply === 'number' || typeof reply === 'bigint';
const isText = (reply: Reply): boolean => Buffer.isBuffer(reply) || reply instanceof Verbatim;

/** Times differ by as long as one server is asked after the other, on a machine that may be busy. */
const within =
  (tolerance: number) =>
  (ours: Reply, theirs: Reply): boolean =>
    isNumber(ours) &&
    isNumber(theirs) &&
    ours >= 0 &&
    theirs >= 0 &&
    Math.abs(Number(ours) - Number(theirs)) <= tolerance;

/** Of one kind: a list, a text, a number, nothing. An error is never like another. */
function isAlike(ours: Reply, theirs: Reply): boolean {
  if (ours instanceof ReplyError || theirs instanceof ReplyError) return false;
  if (ours === null || theirs === null) return ours === theirs;
  if (isText(ours)) return isText(theirs);
  return typeof ours === typeof theirs && ours.constructor === theirs.constructor;
}

/** The same texts in any order. */
function isPermutation(ours: Reply, theirs: Reply): boolean {
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return false;
  const sorted = (list: readonly Reply[]): string[] => list.map(show).sort();
  return sorted(ours).join() === sorted(theirs).join();
}

/** Names and values in turn, as RESP2 has them. */
function pairsOf(reply: Reply): Map<string, string> | undefined {
  const flat = reply instanceof Map ? [...reply].flat() : reply;
  if (!Array.isArray(flat)) return undefined;
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(show(flat[i]!), show(flat[i + 1]!));
  return pairs;
}

const SETTINGS = [
  'notify-keyspace-events',
  'timeout',
  'slowlog-max-len',
  'slowlog-log-slower-than',
  'tcp-keepalive',
];

export const RULES: readonly Rule[] = [
  {
    commands: ['ttl', 'expiretime'],
    reason: 'seconds pass',
    same: within(20),
  },
  {
    commands: ['pttl', 'pexpiretime'],
    reason: 'milliseconds pass',
    same: within(20_000),
  },
  {
    commands: ['object|idletime'],
    reason: 'seconds pass, and Redis shares small integers, with their time',
    same: isAlike,
  },
  {
    commands: ['hello'],
    reason: 'connections have their own numbers',
    same: (ours, theirs) => {
      const [mine, other] = [pairsOf(ours), pairsOf(theirs)];
      if (mine === undefined || other === undefined) return false;
      mine.delete('"id"');
      other.delete('"id"');
      return show([...mine.entries()].map(String)) === show([...other.entries()].map(String));
    },
  },
  {
    commands: ['client|id', 'client|info', 'client|list', 'info', 'time'],
    reason: 'tells about the server and the moment',
    same: isAlike,
  },
  {
    commands: ['object|encoding'],
    reason: 'is derived from the value here, and remembered from how it was made in Redis',
    same: isAlike,
  },
  {
    commands: ['object|refcount'],
    reason: 'Redis shares small integers',
    same: isAlike,
  },
  {
    commands: ['memory|usage'],
    reason: 'entries are kept in another way, and Redis also measures one that has expired before it notices',
    same: (ours, theirs) => isAlike(ours, theirs) || (ours === null && isNumber(theirs)),
  },
  {
    commands: ['dbsize'],
    reason: 'what has expired counts until it is noticed: by WATCH here, by SCAN and RANDOMKEY in Redis',
    same: within(3),
  },
  {
    commands: ['randomkey'],
    reason: 'is random',
    same: isAlike,
  },
  {
    commands: ['keys', 'pubsub|channels'],
    reason: 'come in the order of a hash table',
    same: isPermutation,
  },
  {
    commands: ['unsubscribe', 'punsubscribe'],
    reason: 'all names come in the order of a hash table; how many are left does not depend on it',
    same: (ours, theirs) => {
      const [mine, other] = [itemsOf(ours), itemsOf(theirs)];
      return (
        mine.length === 3 &&
        show(mine[0]!) === show(other[0] ?? null) &&
        show(mine[2]!) === show(other[2] ?? null)
      );
    },
  },
  {
    commands: ['scan'],
    reason: 'walks over a hash table; only a scan that is complete at once says something',
    same: (ours, theirs, args) => {
      if (!Array.isArray(ours) || !Array.isArray(theirs)) return false;
      const complete = args[1] === '0' && show(ours[0]!) === '"0"' && show(theirs[0]!) === '"0"';
      return !complete || isPermutation(ours[1]!, theirs[1]!);
    },
  },
  {
    commands: ['command', 'command|count', 'command|docs', 'command|list'],
    reason: 'Redis has more commands',
    same: isAlike,
  },
  {
    commands: ['command|info'],
    reason: 'describes commands in other words',
    same: (ours, theirs, args) =>
      Array.isArray(ours) &&
      Array.isArray(theirs) &&
      (args.length === 2 ||
        (ours.length === theirs.length && ours.every((each, i) => isAlike(each, theirs[i]!)))),
  },
  {
    commands: ['config|get'],
    reason: 'Redis has more settings, in another order',
    same: (ours, theirs) => {
      const [mine, other] = [pairsOf(ours), pairsOf(theirs)];
      if (mine === undefined || other === undefined) return false;
      const compared = (pairs: Map<string, string>): string =>
        [...pairs]
          .filter(([name]) => SETTINGS.includes(name.slice(1, -1).toLowerCase()))
          .sort()
          .join();
      return compared(mine) === compared(other);
    },
  },
  {
    commands: ['cluster|keyslot', 'cluster|info', 'cluster|myid'],
    reason: 'a data node has all slots, Redis without a cluster has none',
    same: (ours, theirs) =>
      !(ours instanceof ReplyError) &&
      theirs instanceof ReplyError &&
      theirs.message.includes('cluster support'),
  },
  {
    commands: ['exec'],
    reason: 'a watched key that was absent and is absent again counts as unchanged',
    diverges: true,
    same: (ours, theirs) => Array.isArray(ours) && theirs === null,
  },
];

function itemsOf(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  return reply !== null && typeof reply === 'object' && 'items' in reply ? reply.items : [];
}

const byCommand = new Map<string, Rule[]>();
for (const rule of RULES) {
  for (const name of rule.commands) byCommand.set(name, [...(byCommand.get(name) ?? []), rule]);
}

export function rulesFor(args: readonly string[]): readonly Rule[] {
  return byCommand.get(nameOf(args, (name) => byCommand.has(name))) ?? [];
}

/** A reply as text: two are the same if their texts are. */
export function show(reply: Reply): string {
  if (Buffer.isBuffer(reply)) return JSON.stringify(reply.toString('latin1'));
  if (Array.isArray(reply)) return `[${reply.map(show).join(', ')}]`;
  if (reply instanceof ReplyError) return `-${reply.message}`;
  if (reply instanceof Verbatim) return `${reply.format}:${show(reply.text)}`;
  if (reply instanceof Map) return `{${[...reply].map(([k, v]) => `${show(k)}: ${show(v)}`).join(', ')}}`;
  if (reply instanceof Set) return `~${show([...reply])}`;
  if (reply !== null && typeof reply === 'object' && 'items' in reply) return `>${show([...reply.items])}`;
  return typeof reply === 'string' ? `+${reply}` : String(reply);
}
