import type { Clock } from '@distributed-cache/runtime';
import { isLater, type Answer } from '@distributed-cache/data-node';
import type { Member } from './member.ts';

/** What a call comes to when its member departed before it was answered. */
export const GONE = Symbol('the member is gone');

/** Milliseconds between two attempts of a call that failed. */
const RETRY_DELAY = 20;

/**
 * Makes the calls that moving slots depends on. Such a call cannot be given up while its member is alive, for nobody
 * would know where the slot's entries are. So it ends in one of two ways: it is answered, or its member is gone. A
 * member that reports but leaves such a call unanswered for `patience` milliseconds is handed to `lose`, which makes
 * it depart.
 */
export class PatientCaller {
  constructor(
    private readonly clock: Clock,
    private readonly patience: number,
    private readonly lose: (member: Member) => void,
  ) {}

  /** Waits for the answer to a call that was made. Rejects if the call does. */
  answer<T>(member: Member, later: Promise<T>): Promise<T | typeof GONE> {
    return new Promise((resolve, reject) => {
      const cancelTimer = this.clock.schedule(this.patience, () => {
        this.lose(member);
      });
      const forgetDeparture = member.onDeparture(() => {
        cancelTimer();
        resolve(GONE);
      });
      const stopWaiting = () => {
        cancelTimer();
        forgetDeparture();
      };
      later.then(resolve, reject);
      later.then(stopWaiting, stopWaiting);
    });
  }

  /**
   * Makes a call that may be repeated, and repeats it until it succeeds. Ends when the member departs, and when
   * `beneficiary` does: the call would come too late then.
   */
  insist<T>(member: Member, beneficiary: Member, call: () => Answer<T>): Answer<T | typeof GONE> {
    if (member.gone || beneficiary.gone) return GONE;
    const first = attempt(call);
    return isLater(first) ? this.#repeat(member, beneficiary, call, first) : first;
  }

  async #repeat<T>(
    member: Member,
    beneficiary: Member,
    call: () => Answer<T>,
    first: Promise<T>,
  ): Promise<T | typeof GONE> {
    const end = this.clock.now() + this.patience;
    for (let answer: Answer<T> = first; ; answer = attempt(call)) {
      try {
        return isLater(answer) ? await this.answer(member, answer) : answer;
      } catch {
        if (this.clock.now() >= end) this.lose(member);
        else await this.#pause();
      }
      if (member.gone || beneficiary.gone) return GONE;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.clock.schedule(RETRY_DELAY, resolve));
  }
}

function attempt<T>(call: () => Answer<T>): Answer<T> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
