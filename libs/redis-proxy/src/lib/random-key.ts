import { COMMANDS, type Arguments, type Command, type Session } from '@distributed-cache/redis-server';
import { type Member } from '@distributed-cache/cluster';
import { ANY_SLOT, type Answer } from '@distributed-cache/data-node';
import type { Router } from '@distributed-cache/cache';
import { isError, isNull, numberAt } from './answer.ts';
import { after, all } from './answers.ts';
import { CommandRequest, verbOf } from './command-request.ts';

const DBSIZE = named('dbsize');
const RANDOMKEY = named('randomkey');
const [COUNT, CHOOSE] = [verbOf(DBSIZE), verbOf(RANDOMKEY)];

/** A member, and how many entries it has. */
type Candidate = readonly [member: Member, entries: number];

/**
 * RANDOMKEY: asks the members how many entries they have, then one of them for a key, with a probability in proportion.
 * So every entry is as likely as any other. A member that finds none after all (the rest has expired) is passed over.
 */
export class RandomKey {
  constructor(
    private readonly router: Router,
    private readonly random: () => number,
  ) {}

  /** The answer to the client. `args` must not change until it is there. */
  choose(members: readonly Member[], args: Arguments, session: Session): Answer<Buffer> {
    const request = (command: Command<Session>) =>
      new CommandRequest().fill(command, args, session, ANY_SLOT, true);
    const counts = members.map((member) => () => this.router.ask(COUNT, member, request(DBSIZE)));
    const pick = (candidates: readonly Candidate[]): Answer<Buffer> => {
      const chosen = this.#pick(candidates);
      const others = candidates.filter((each) => each !== chosen && each[1] > 0);
      return after(this.router.ask(CHOOSE, chosen[0], request(RANDOMKEY)), (answer) =>
        isNull(answer!) && others.length > 0 ? pick(others) : answer!,
      );
    };
    return after(all(counts), (answers) => {
      const error = answers.find(isError);
      return error ?? pick(members.map((member, index) => [member, numberAt(answers[index]!, 0)]));
    });
  }

  #pick(candidates: readonly Candidate[]): Candidate {
    const total = candidates.reduce((sum, [, entries]) => sum + entries, 0);
    let rest = this.random() * total;
    return candidates.find(([, entries]) => (rest -= entries) < 0) ?? candidates.at(-1)!;
  }
}

function named(name: string): Command<Session> {
  return COMMANDS.find(Buffer.from(name), 0, name.length)!;
}
