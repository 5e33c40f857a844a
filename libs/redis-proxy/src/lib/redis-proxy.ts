import {
  cloneArguments,
  readScan,
  type Arguments,
  type Command,
  type CommandProxy,
  type Session,
} from '@distributed-cache/redis-server';
import { errorReply, type CommandsAhead } from '@distributed-cache/resp';
import { NoDataNodeError, type Member } from '@distributed-cache/cluster';
import { ANY_SLOT, isLater, type Answer } from '@distributed-cache/data-node';
import type { Router } from '@distributed-cache/cache';
import { after, all, drive } from './answers.ts';
import { isSound } from './checks.ts';
import { CommandRequest, verbOf, type CommandVerb } from './command-request.ts';
import { CROSS_SLOT, errorText } from './errors.ts';
import { everyone, holdersOf, landed, type Holders } from './holders.ts';
import { KeyParts } from './key-parts.ts';
import { MANY_SLOTS, slotAt, slotOfKeys } from './keys.ts';
import { merge, withoutRepetition } from './merge.ts';
import { Preparation } from './preparation.ts';
import { RandomKey } from './random-key.ts';
import { ScanPlan, ScanWalk } from './scan.ts';
import { exec, watch } from './transactions.ts';
import { written } from './written.ts';

export interface RedisProxyOptions {
  /**
   * What becomes of a transaction about keys of several slots. Default false: without WATCH it is carried out, each
   * slot's part atomic. True: it is refused, so that every transaction is atomic as a whole.
   */
  readonly strictTransactions?: boolean;
  /** In [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * Carries out the commands of Redis clients on all data nodes of a cache, as if they were one.
 *
 * A command with one key takes the way of every operation ({@link Router}): the primary of its slot runs it and writes the
 * answer to where the client's answers go. With data nodes in this process that is all, and happens at once. Commands of
 * many keys are taken apart ({@link KeyParts}), and the answers put together ({@link merge}).
 *
 * What cannot be answered at once is answered later, within the deadline of operations, or with an error. Nothing is
 * atomic across slots: when a part fails, the answer is its error, and others may have been carried out.
 */
export class RedisProxy implements CommandProxy<Session> {
  readonly #request = new CommandRequest();
  readonly #part = new CommandRequest();
  readonly #parts = new KeyParts();
  /** By {@link Command.index}. */
  readonly #verbs: CommandVerb[] = [];
  readonly #strictTransactions: boolean;
  readonly #randomKeys: RandomKey;
  readonly #scanPlan: ScanPlan;
  readonly #preparation: Preparation;

  constructor(
    private readonly router: Router,
    { strictTransactions = false, random = Math.random }: RedisProxyOptions = {},
  ) {
    this.#strictTransactions = strictTransactions;
    this.#randomKeys = new RandomKey(router, random);
    this.#scanPlan = new ScanPlan(router.locations);
    this.#preparation = new Preparation(router.locations);
  }

  run(command: Command<Session>, args: Arguments, session: Session): Promise<Buffer> | undefined {
    const { length } = session.out;
    try {
      const answer = this.#start(command, args, session);
      if (answer === undefined) return undefined;
      if (isLater(answer))
        return answer.catch((error: unknown) => errorReply(errorText(error))) as Promise<Buffer>;
      session.out.raw(answer);
    } catch (error) {
      session.out.length = length;
      session.fail(errorText(error));
    }
    return undefined;
  }

  prepare(keys: Buffer, commands: CommandsAhead): void {
    this.#preparation.announce(keys, commands);
  }

  /**
   * What is gathered from all data nodes is no part of a transaction: other commands of it would come before or after
   * that at different data nodes.
   */
  refuseInTransaction(command: Command<Session>, args: Arguments, session: Session): string | undefined {
    if (command.gather === 'local' || command.gather === 'key') return undefined;
    if (command.keys.first === 0) {
      return `ERR ${command.name.toUpperCase()} concerns all data nodes and is not allowed inside a transaction`;
    }
    if (slotOfKeys(command, args) !== MANY_SLOTS) return undefined;
    const needsOneSlot = command.gather === 'slot' || this.#strictTransactions || session.watched.length > 0;
    return needsOneSlot ? CROSS_SLOT : undefined;
  }

  /** Nothing: the answer was written. Bytes: the answer. */
  #start(command: Command<Session>, args: Arguments, session: Session): Answer<Buffer | undefined> {
    switch (command.gather) {
      case 'key':
        return this.#route(command, args, session, slotAt(args, command.keys.first));
      case 'local':
        command.execute(args, session);
        return undefined;
      case 'slot':
        return this.#routeAll(command, args, session);
      case 'values':
      case 'sum':
      case 'ok':
      case 'concat':
        return command.keys.first === 0
          ? this.#askEverybody(command, args, session)
          : this.#spread(command, args, session);
      case 'scan':
        return this.#scan(args, session);
      case 'any':
        return this.#randomKey(args, session);
      case 'watch':
        return watch(args, session, this.router);
      case 'exec':
        return exec(session, this.router, this.#strictTransactions);
      default:
        return command.gather satisfies never;
    }
  }

  #route(
    command: Command<Session>,
    args: Arguments,
    session: Session,
    slot: number,
  ): Answer<Buffer | undefined> {
    return this.router.perform(
      this.#verbOf(command),
      this.#request.fill(command, args, session, slot, false),
    );
  }

  /** Keys of one slot. */
  #routeAll(command: Command<Session>, args: Arguments, session: Session): Answer<Buffer | undefined> {
    if (command.row.check?.(args, session) === false) return undefined;
    const slot = slotOfKeys(command, args);
    if (slot !== MANY_SLOTS) return this.#route(command, args, session, slot);
    session.fail(CROSS_SLOT);
    return undefined;
  }

  /** Keys of any slots. What is wrong with the command is found before a part of it runs. */
  #spread(command: Command<Session>, args: Arguments, session: Session): Answer<Buffer | undefined> {
    if (!isSound(command, args, session)) return undefined;
    const parts = this.#parts;
    const count = parts.split(command, args);
    if (count === 1) return this.#route(command, args, session, parts.slotOf(0));
    const order = command.gather === 'values' ? parts.order() : undefined;
    const verb = this.#verbOf(command);
    const calls = Array.from({ length: count }, (_, part) => () => {
      const request = this.#part.fill(command, parts.select(part), session, parts.slotOf(part), true);
      return this.router.perform(verb, request);
    });
    return after(all<Buffer>(calls), (answers) =>
      written(session, (out) => {
        merge(command.gather, answers, out, order);
      }),
    );
  }

  /** Every member that has entries. */
  #askEverybody(command: Command<Session>, args: Arguments, session: Session): Answer<Buffer | undefined> {
    const verb = this.#verbOf(command);
    const ask = (members: readonly Member[], request: CommandRequest): Answer<Buffer[]> =>
      all<Buffer>(members.map((member) => () => this.router.ask(verb, member, request)));
    const put = (answers: readonly Buffer[]): Buffer =>
      written(session, (out) => {
        merge(command.gather, answers, out);
      });

    const request = new CommandRequest().fill(command, args, session, ANY_SLOT, true);
    const holders = this.#holders();
    const landing = landed(holders);
    if (command.gather === 'sum') {
      // Sums cannot tell an entry that was met twice from two. So everybody is asked once, all at the same time.
      if (landing === undefined) return after(ask(everyone(holders), request), put);
      const own = request.detach();
      const counted = landing.then(() => ask(everyone(this.#holders()), own)).then(put);
      return this.router.hurry(command.name, command.writes, counted);
    }
    // Those that slots are moving away from first: see {@link holdersOf}.
    const { sources, primaries } = holders;
    const first = ask(sources, request);
    if (!isLater(first) && landing === undefined) {
      const others = primaries.filter((member) => !sources.includes(member));
      return after(ask(others, request), (answers) => put([...first, ...answers]));
    }
    // An entry may arrive at a primary after it was met at its source.
    const own = request.detach();
    const both = Promise.all([first, landing]).then(async ([before]) =>
      put(withoutRepetition(command.gather, [...before, ...(await ask(primaries, own))])),
    );
    return this.router.hurry(command.name, command.writes, both);
  }

  #scan(args: Arguments, session: Session): Answer<Buffer | undefined> {
    const request = readScan(args, session);
    if (request === undefined) return undefined;
    if (!request.strings) return NOTHING_FOUND;
    const walk = new ScanWalk(this.router, this.#scanPlan, request, args, session);
    const answer = after(drive(walk.proceed), () =>
      written(session, (out) => {
        walk.write(out);
      }),
    );
    return this.router.hurry('scan', false, answer, () => walk.asked);
  }

  #randomKey(args: Arguments, session: Session): Answer<Buffer | undefined> {
    const members = everyone(this.#holders());
    const answer = this.#randomKeys.choose(members, cloneArguments(args), session);
    return this.router.hurry('randomkey', false, answer);
  }

  #holders(): Holders {
    const holders = holdersOf(this.router.locations);
    if (holders.primaries.length === 0) throw new NoDataNodeError();
    return holders;
  }

  #verbOf(command: Command<Session>): CommandVerb {
    return (this.#verbs[command.index] ??= verbOf(command));
  }
}

/** SCAN with a type of which there are no entries: at its end at once. */
const NOTHING_FOUND = Buffer.from('*2\r\n$1\r\n0\r\n*0\r\n');
