import {
  cloneArguments,
  copyOf,
  Transaction,
  TRANSACT,
  TRANSACT_ONE,
  transactArguments,
  type Arguments,
  type Command,
  type Session,
  type WatchedKey,
  capture,
} from '@distributed-cache/redis-server';
import { OK, isLater, type Answer } from '@distributed-cache/data-node';
import { errorReply, RespError } from '@distributed-cache/resp';
import { slotOf } from '@distributed-cache/consistent-hash';
import type { Router } from '@distributed-cache/cache';
import { isError, isNullArray } from './answer.ts';
import { after, all } from './answers.ts';
import { isSound } from './checks.ts';
import { CommandRequest, verbOf, type CommandVerb } from './command-request.ts';
import { errorText } from './errors.ts';
import { KeyParts } from './key-parts.ts';
import { forEachKey, MANY_SLOTS, slotOfKeys } from './keys.ts';
import { elementsOf, merge } from './merge.ts';
import { written } from './written.ts';

/** For {@link TRANSACT} and for {@link TRANSACT_ONE}. */
export const EXEC = verbOf(TRANSACT);
/** A transaction that only reads may be asked again. */
export const EXEC_READING: CommandVerb = { ...EXEC, writes: false };

/** A command of the transaction, and what has been answered to it. */
interface Place {
  readonly command: Command<Session>;
  readonly args: Arguments;
  /** By the slots that it concerns, in the order in which they come first. */
  readonly answers: Buffer[];
  /** As {@link merge} takes it. */
  order?: readonly number[] | undefined;
}

/** What one slot has to do for a command: all of it, or a part. */
interface Step {
  readonly place: Place;
  /** Which of the place's answers it gives. */
  readonly part: number;
  readonly args: Arguments;
}

const NOTHING = Buffer.alloc(0);
/** Commands are taken apart one at a time, so one serves all. */
const PARTS = new KeyParts();

/**
 * A transaction about keys of several slots. What it has for a slot is one message to its primary, carried out at once and
 * in the order of the commands; all slots go to work at the same time. So it is atomic for each slot and keeps the order
 * for each key, but is not atomic as a whole.
 *
 * Whatever becomes of one slot, the others do their part: places of a slot that failed answer an error that says why.
 * Commands without keys run here, when all slots are done, so that who hears of a PUBLISH finds what was written.
 *
 * With watched keys, all keys are in one slot: then nothing is done here, either, unless its primary did its part.
 */
export class SpreadTransaction {
  readonly #session: Session;
  readonly #places: Place[] = [];
  readonly #steps = new Map<number, Step[]>();
  /** Bytes of all answers. */
  #length = 0;
  /** What no answer can tell: thrown when everything has been carried out. */
  #fault: Error | undefined;

  readonly #watched: readonly WatchedKey[];
  /** The answer to all of it: why nothing was done. */
  #refusal: Buffer | undefined;

  constructor(session: Session, watched: readonly WatchedKey[] = []) {
    this.#session = session;
    this.#watched = watched;
    for (const { key } of watched) this.#stepsOf(slotOf(key, 0, key.length));
  }

  /** Takes the commands one after the other. The bytes of `args` may change afterwards. */
  add(command: Command<Session>, args: Arguments): void {
    const slot = slotOfKeys(command, args);
    const place: Place = { command, args: cloneArguments(args), answers: [] };
    this.#places.push(place);
    if (slot === MANY_SLOTS) this.#split(place);
    else if (slot >= 0) this.#addStep(slot, { place, part: 0, args: place.args });
  }

  run(router: Router): Answer<Buffer> {
    const ask = ([slot, steps]: [number, readonly Step[]]) => {
      return () => this.#perform(slot, steps, router);
    };
    return after(all<undefined>([...this.#steps].map(ask)), () => this.#finish());
  }

  #split(place: Place): void {
    const { command, args } = place;
    this.#session.lastCommand = command;
    const refusal = this.#answerOf(() => !isSound(command, args, this.#session));
    if (refusal !== undefined) {
      place.answers.push(refusal);
      return;
    }
    const count = PARTS.split(command, args);
    if (command.gather === 'values') place.order = PARTS.order();
    for (let part = 0; part < count; part++) {
      this.#addStep(PARTS.slotOf(part), { place, part, args: cloneArguments(PARTS.select(part)) });
    }
  }

  #addStep(slot: number, step: Step): void {
    this.#stepsOf(slot).push(step);
  }

  #stepsOf(slot: number): Step[] {
    let steps = this.#steps.get(slot);
    if (steps === undefined) this.#steps.set(slot, (steps = []));
    return steps;
  }

  #perform(slot: number, steps: readonly Step[], router: Router): Answer<undefined> {
    const take = (answer: Buffer | undefined): undefined => void this.#take(steps, answer!);
    const fail = (error: unknown): undefined => void this.#fail(steps, error);
    try {
      const answer = router.perform(...this.#message(slot, steps));
      return isLater(answer) ? answer.then(take).catch(fail) : take(answer);
    } catch (error) {
      return fail(error);
    }
  }

  /** How a primary is asked. */
  #message(slot: number, steps: readonly Step[]): [CommandVerb, CommandRequest] {
    const alone = steps.length === 1 && this.#watched.length === 0;
    const [command, args] = alone ? ([TRANSACT_ONE, steps[0]!.args] as const) : bundle(steps, this.#watched);
    const request = new CommandRequest().fill(command, args, this.#session, slot, true);
    request.keys = [
      ...this.#watched.map(({ key }) => key),
      ...steps.flatMap((step) => keysOf(step.place.command, step.args)),
    ];
    request.queued = steps.map(({ place }) => place.command);
    return [steps.some(({ place }) => place.command.writes) ? EXEC : EXEC_READING, request];
  }

  /** Puts the answers of a slot where they belong. */
  #take(steps: readonly Step[], answer: Buffer): void {
    if (this.#watched.length > 0 && (isError(answer) || isNullArray(answer))) {
      this.#refusal = answer;
      return;
    }
    const whole = (steps.length === 1 && this.#watched.length === 0) || isError(answer);
    const answers = whole ? steps.map(() => answer) : elementsOf(answer);
    steps.forEach((step, index) => {
      this.#put(step, answers[index]!);
    });
  }

  #put({ place, part }: Step, answer: Buffer): void {
    const { outputLimit } = this.#session.server.settings;
    this.#length += answer.length;
    if (this.#length > outputLimit) {
      this.#fault ??= new RespError('output-full', `answers exceed the limit of ${outputLimit} bytes`);
    }
    // What cannot be answered need not be kept.
    if (this.#fault === undefined) place.answers[part] = answer;
    else for (const { answers } of this.#places) answers.length = 0;
  }

  #fail(steps: readonly Step[], error: unknown): void {
    try {
      const text = errorText(error);
      if (this.#watched.length > 0) {
        this.#refusal = errorReply(text);
        return;
      }
      for (const step of steps) {
        const answer = this.#answerOf(() => {
          this.#session.lastCommand = step.place.command;
          this.#session.fail(text);
          return true;
        });
        this.#put(step, answer!);
      }
    } catch (fault) {
      this.#fault ??= fault as Error;
    }
  }

  /** Runs what needs no slot, and puts everything together. */
  #finish(): Buffer {
    const session = this.#session;
    const gone = session.closing;
    if (this.#refusal !== undefined) return this.#refusal;
    for (const place of this.#places) {
      if (place.command.keys.first === 0) this.#runHere(place, gone);
    }
    if (this.#fault !== undefined) throw this.#fault;
    if (gone) return NOTHING;
    return written(session, (out) => {
      out.array(this.#places.length);
      for (const { command, answers, order } of this.#places) {
        if (answers.length === 1) out.raw(answers[0]!);
        else merge(command.gather, answers, out, order);
      }
    });
  }

  /** Of a client that has left, only what others hear of. */
  #runHere(place: Place, gone: boolean): void {
    const { command, args } = place;
    if (gone && !command.mayWrite(this.#session.transaction !== undefined)) return;
    try {
      const answer = this.#answerOf(() => {
        this.#session.execute(args);
        return true;
      });
      this.#put({ place, part: 0, args }, answer!);
    } catch (fault) {
      this.#fault ??= fault as Error;
    }
  }

  /** The bytes that a call writes as an answer, if it says that it did. */
  #answerOf(call: () => boolean): Buffer | undefined {
    const answer = capture(this.#session, () => (call() ? OK : undefined));
    return answer as Buffer | undefined;
  }
}

function bundle(steps: readonly Step[], watched: readonly WatchedKey[]): [Command<unknown>, Arguments] {
  const transaction = new Transaction();
  for (const { args } of steps) transaction.add(args);
  const { length } = transaction;
  return [TRANSACT, transactArguments({ watched, length, commands: transaction.take() })];
}

function keysOf(command: Command<Session>, args: Arguments): Buffer[] {
  const keys: Buffer[] = [];
  forEachKey(command, args, (index) => keys.push(copyOf(args, index)));
  return keys;
}
