import { COMMANDS, type Arguments, type Command, type Session } from '@distributed-cache/data-node';
import { ANY_SLOT, isLater, type Answer } from '../data-node-client.ts';
import type { Member } from '../member.ts';
import type { Router } from '../router.ts';
import { isError, numberAt } from './answer.ts';
import { CommandRequest, verbOf } from './command-request.ts';

const DBSIZE = named('dbsize');
const RANDOMKEY = named('randomkey');
const [COUNT, CHOOSE] = [verbOf(DBSIZE), verbOf(RANDOMKEY)];

interface Candidate {
  readonly member: Member;
  entries: number;
}

/**
 * One call of RANDOMKEY: asks all members how many entries they have, then one of them for a key, with a probability in
 * proportion. So every entry is as likely as any other. A member that finds none after all (the rest has expired) is
 * passed over.
 */
export class RandomKey {
  /** The answer, when `proceed` has answered true. */
  answer!: Buffer;
  readonly #candidates: Candidate[];
  #counted = 0;

  constructor(
    private readonly router: Router,
    members: readonly Member[],
    private readonly args: Arguments,
    private readonly session: Session,
    private readonly random: () => number,
  ) {
    this.#candidates = members.map((member) => ({ member, entries: 0 }));
  }

  readonly proceed = (): Answer<boolean> => {
    const next = this.#candidates[this.#counted];
    if (next !== undefined) {
      const counted = this.router.ask(COUNT, next.member, this.#request(DBSIZE));
      return isLater(counted)
        ? counted.then((answer) => this.#count(next, answer!))
        : this.#count(next, counted!);
    }
    const chosen = this.#choose();
    const key = this.router.ask(CHOOSE, chosen.member, this.#request(RANDOMKEY));
    return isLater(key) ? key.then((answer) => this.#take(chosen, answer!)) : this.#take(chosen, key!);
  };

  #request(command: Command): CommandRequest {
    return new CommandRequest().fill(command, this.args, this.session, ANY_SLOT, true);
  }

  #count(candidate: Candidate, answer: Buffer): boolean {
    candidate.entries = numberAt(answer, 0);
    this.#counted++;
    return false;
  }

  #choose(): Candidate {
    const total = this.#candidates.reduce((sum, { entries }) => sum + entries, 0);
    let rest = this.random() * total;
    const chosen = this.#candidates.find(({ entries }) => (rest -= entries) < 0);
    return chosen ?? this.#candidates.at(-1)!;
  }

  #take(chosen: Candidate, answer: Buffer): boolean {
    this.answer = answer;
    const found = answer[0] === DOLLAR && numberAt(answer, 0) >= 0;
    chosen.entries = 0;
    return found || isError(answer) || this.#candidates.every(({ entries }) => entries === 0);
  }
}

const DOLLAR = 0x24;

function named(name: string): Command {
  return COMMANDS.find(Buffer.from(name), 0, name.length)!;
}
