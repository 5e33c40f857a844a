import { Push, ReplyParser, simpleReply, type Reply } from '@distributed-cache/resp';
import { rulesFor, show, type Rule } from './rules.ts';

const END = 'end of what was sent';
/**
 * What is not whole takes some of them for parts of itself: CLIENT REPLY OFF within a transaction leaves an array without
 * its end.
 */
const END_MARKS = Array.from({ length: 50 }, () => simpleReply(END));

const MESSAGES: ReadonlySet<string> = new Set(['message', 'pmessage']);

export type Verdict = 'same' | 'different' | 'diverged';

/**
 * Compares what a client was sent for some requests. What differs must be allowed by the rules of one of them.
 *
 * @param requests what was asked
 * @param queued what was queued before in a transaction, whose answers may be among them
 */
export function compare(
  ours: Buffer,
  theirs: Buffer,
  requests: readonly (readonly string[])[],
  queued: readonly (readonly string[])[],
): Verdict {
  if (ours.equals(theirs)) return 'same';
  const [mine, other] = [readAll(ours), readAll(theirs)];
  if (mine === undefined || other === undefined) return 'different';
  if (other.answers.some(holdsMessage)) return 'diverged';
  for (const [i, answer] of mine.answers.entries()) {
    if (i === other.answers.length) return 'different';
    const rule = allowing(answer, other.answers[i]!, [...requests, ...queued], queued);
    if (rule === undefined) return 'different';
    if (rule !== 'same' && rule.diverges === true) return 'diverged';
  }
  const late = requests.length > 1 && requests.some(changesMessages);
  const sameMessages = late || mine.messages === other.messages;
  return sameMessages && mine.answers.length === other.answers.length ? 'same' : 'different';
}

/** The rule by which two answers may differ; undefined when none says so. */
function allowing(
  ours: Reply,
  theirs: Reply,
  requests: readonly (readonly string[])[],
  queued: readonly (readonly string[])[],
): Rule | 'same' | undefined {
  if (show(ours) === show(theirs)) return 'same';
  for (const args of requests) {
    const rule = rulesFor(args).find((each) => each.same(ours, theirs, args));
    if (rule !== undefined) return rule;
  }
  const ofTransaction = queued.length > 0 && Array.isArray(ours) && Array.isArray(theirs);
  if (!ofTransaction || ours.length !== theirs.length) return undefined;
  const allowed = ours.every((each, i) => allowing(each, theirs[i]!, queued, []) !== undefined);
  return allowed ? 'same' : undefined;
}

interface Sent {
  readonly answers: readonly Reply[];
  /**
   * Messages of publish and subscribe, as text. Their order between channels and patterns is that of a hash table in
   * Redis, and here they come after the answers of the same moment.
   */
  readonly messages: string;
}

/** Undefined when these are no replies. */
function readAll(bytes: Buffer): Sent | undefined {
  const parser = new ReplyParser();
  parser.feed(Buffer.concat([bytes, ...END_MARKS]));
  const answers: Reply[] = [];
  const messages: string[] = [];
  while (parser.next()) {
    const { value } = parser;
    const kind = kindOf(value);
    if (MESSAGES.has(kind)) {
      if (!tellsExpiry(value)) messages.push(show(value));
    }
    // Invalidations may be more, fewer and later than in Redis: docs/redis-compatibility.md.
    else if (kind !== 'invalidate') answers.push(value);
  }
  if (answers.at(-1) !== END) return undefined;
  return {
    answers: answers.filter((answer) => answer !== END).map(ownParts),
    messages: messages.sort().join('\n'),
  };
}

/** Without what an array that is not whole took for parts of itself: end marks, and invalidations. */
function ownParts(answer: Reply): Reply {
  if (!Array.isArray(answer)) return answer;
  return answer.filter((part) => part !== END && !(part instanceof Push && kindOf(part) === 'invalidate'));
}

/**
 * Messages come after the answers of the same read, to whoever listens then and for the events that are told then: with
 * one of these in the same read, others come than in Redis, which sends them at once.
 */
function changesMessages(args: readonly string[]): boolean {
  return /^(p?(un)?subscribe|reset|quit|exec|hello|config|client)$/i.test(args[0]!);
}

/** redis-server 7.0 puts a message to the client that runs a transaction in the middle of EXEC's answer. */
function holdsMessage(answer: Reply): boolean {
  return Array.isArray(answer) && answer.some((each) => MESSAGES.has(kindOf(each)));
}

/** What has expired is told of when it is noticed: by WATCH here, by SCAN and RANDOMKEY in Redis. */
function tellsExpiry(message: Reply): boolean {
  return /"__keyspace@0__:[^]*"expired"|"__keyevent@0__:expired"/.test(show(message));
}

/** What a push says that it is. RESP2 has arrays for it. */
function kindOf(reply: Reply): string {
  const items = reply instanceof Push ? reply.items : Array.isArray(reply) ? reply : [];
  return Buffer.isBuffer(items[0]) ? items[0].toString('latin1') : '';
}

/** For people: one line for each reply, or the bytes where they are none. */
export function describeReplies(bytes: Buffer): string[] {
  const parser = new ReplyParser();
  parser.feed(bytes);
  const lines: string[] = [];
  while (parser.next()) lines.push(show(parser.value).slice(0, 500));
  return lines;
}
