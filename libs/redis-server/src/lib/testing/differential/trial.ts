import { setTimeout } from 'node:timers/promises';
import { bytesOf, CONNECTIONS, describeCase, nameOf, type Case, type Step } from './case.ts';
import { compare, describeReplies, type Verdict } from './comparison.ts';
import { GRAMMAR } from './grammar.ts';
import type { Connection, Peer } from './peers.ts';

/**
 * How often is looked again whether late bytes make two answers the same, the first times at once. A segment that the
 * loopback of a busy machine dropped is sent again after 200 milliseconds or more.
 */
const PATIENT = 60;
/** For one of many tries to see a difference again, which may miss it. */
export const BRIEF = 8;
const AT_ONCE = 3;
/** Milliseconds: redis-server closes the connections of others on a timer of 100. */
const WAIT = 40;

/** Two servers that answered differently. */
export interface Difference {
  readonly steps: Case;
  /** The step at which it was seen, and the client that saw it. */
  readonly step: number;
  readonly connection: number;
  readonly ours: Buffer;
  readonly theirs: Buffer;
  /** Only one of them closed the connection. */
  readonly closed: readonly [ours: boolean, theirs: boolean];
}

/** One client of both servers. */
class Client {
  ours!: Connection;
  theirs!: Connection;
  requests: readonly (readonly string[])[] = [];
  /** What it queued in a transaction. */
  queued: (readonly string[])[] = [];
  #watches = false;
  #listens = false;
  #isSilent = false;

  async connect(ours: Peer, theirs: Peer): Promise<void> {
    [this.ours, this.theirs] = await Promise.all([ours.connect(), theirs.connect()]);
    this.queued = [];
    this.#watches = this.#listens = this.#isSilent = false;
  }

  send(step: Step): void {
    const bytes = bytesOf(step);
    this.requests = step.requests.map(({ args }) => args);
    this.#watches ||= this.requests.some(([name]) => /^watch$/i.test(name!));
    this.#listens ||= this.requests.some(([name]) => /^p?subscribe$/i.test(name!));
    this.#isSilent ||= this.requests.some((args) => /^client reply (off|skip)$/i.test(args.join(' ')));
    this.ours.send(bytes, step.pieces);
    this.theirs.send(bytes, step.pieces);
  }

  /** Whether both were sent the same to the byte. */
  get isEqual(): boolean {
    return this.ours.received().equals(this.theirs.received());
  }

  /** Whether both were sent what the rules call the same. */
  get verdict(): Verdict {
    const [mine, other] = [this.ours.received(), this.theirs.received()];
    if (this.isCutOff || this.isUnseen) return 'diverged';
    // What is published goes to it still, in Redis.
    if (this.isForgotten && this.#listens) return 'diverged';
    if (this.ours.closed !== this.theirs.closed && !this.isForgotten) return 'different';
    return compare(mine, other, this.requests, [...this.queued, ...this.requests]);
  }

  /**
   * redis-server closes a connection after the answer that says what was wrong. When CLIENT REPLY keeps that answer back, it
   * forgets to, and hears the client no more.
   */
  get isForgotten(): boolean {
    return this.ours.closed && !this.theirs.closed && this.ours.received().length === 0;
  }

  /**
   * redis-server closes, without an answer, a client that has yet to authenticate and for which over 1 KiB of answers waits,
   * as after RESET in one read with commands before it.
   */
  get isCutOff(): boolean {
    const resets = this.requests.some(([name]) => name!.toLowerCase() === 'reset');
    return resets && this.theirs.closed && !this.ours.closed && this.theirs.received().length === 0;
  }

  /**
   * A transaction may be carried out here and not in Redis, when a watched key was absent and is absent again. With CLIENT
   * REPLY OFF nothing tells, until what it did is seen.
   */
  get isUnseen(): boolean {
    return this.#watches && this.#isSilent && this.requests.some(([name]) => /^exec$/i.test(name!));
  }

  clear(): void {
    this.ours.clear();
    this.theirs.clear();
    for (const args of this.requests) {
      const name = args[0]?.toLowerCase();
      if (name === 'exec' || name === 'discard' || name === 'reset') this.queued = [];
      else this.queued.push(args);
    }
    this.requests = [];
  }

  close(): void {
    this.ours.close();
    this.theirs.close();
  }
}

/** Does the same with two servers; returns where they first answered differently. */
export async function tryCase(
  steps: Case,
  ours: Peer,
  theirs: Peer,
  attempts = PATIENT,
): Promise<Difference | undefined> {
  await Promise.all([ours.reset(), theirs.reset()]);
  const clients = Array.from({ length: CONNECTIONS }, () => new Client());
  try {
    for (const client of clients) await client.connect(ours, theirs);
    for (const [index, step] of steps.entries()) {
      const client = clients[step.connection]!;
      if (client.ours.closed) {
        client.close();
        await client.connect(ours, theirs);
      }
      client.send(step);
      const isLast = index === steps.length - 1;
      const verdicts = await settle(clients, ours, theirs, isLast, attempts);
      // First: others may be told of what only one server did.
      if (verdicts.includes('diverged')) return undefined;
      const connection = verdicts.indexOf('different');
      if (connection >= 0) return differenceOf(steps, index, connection, clients[connection]!);
      for (const each of clients) each.clear();
    }
    return undefined;
  } finally {
    for (const client of clients) client.close();
  }
}

async function settle(
  clients: readonly Client[],
  ours: Peer,
  theirs: Peer,
  thoroughly: boolean,
  attempts: number,
): Promise<readonly Verdict[]> {
  for (let attempt = 1; ; attempt++) {
    await Promise.all([ours.settle(), theirs.settle()]);
    // What a rule allows may be the bytes that are still to come.
    if (attempt === 1 && (thoroughly || !clients.every(({ isEqual }) => isEqual))) continue;
    const verdicts = clients.map(({ verdict }) => verdict);
    if (attempt === attempts || !verdicts.includes('different')) return verdicts;
    if (attempt >= AT_ONCE) await setTimeout(WAIT);
  }
}

function differenceOf(steps: Case, step: number, connection: number, client: Client): Difference {
  return {
    steps,
    step,
    connection,
    ours: client.ours.received(),
    theirs: client.theirs.received(),
    closed: [client.ours.closed, client.theirs.closed],
  };
}

/** For people. */
export function describeDifference({ steps, connection, ours, theirs, closed }: Difference): string {
  const side = (name: string, bytes: Buffer, isClosed: boolean): string =>
    [`${name}:`, ...describeReplies(bytes), ...(isClosed ? ['(closed)'] : [])].join('\n  ');
  return [
    describeCase(steps),
    `What client ${connection} was sent at the end, by`,
    side('us', ours, closed[0]),
    side('redis-server', theirs, closed[1]),
    ours.length + theirs.length < 2000
      ? `as bytes: ${JSON.stringify(ours.toString('latin1'))} and ${JSON.stringify(theirs.toString('latin1'))}`
      : '',
  ].join('\n');
}

/** Of the commands that the grammar knows. */
export function commandOf(args: readonly string[]): string {
  const name = nameOf(args, (each) => each in GRAMMAR);
  return name in GRAMMAR ? name : 'others';
}
