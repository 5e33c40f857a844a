import { CLOSED, MOVED, type Status, isLater, type Answer } from '@distributed-cache/data-node';
import { type Clock, within } from '@distributed-cache/runtime';
import {
  DataNodeUnavailableError,
  NoDataNodeError,
  OperationTimeoutError,
  type Member,
  type SlotLocations,
  type SlotTransit,
} from '@distributed-cache/cluster';
import type { RoutedRequest } from './routed-request.ts';
import type { Verb } from './verbs.ts';

/** Who is to be asked; or, later, who it is when what stood in the way is gone: undefined means "look again". */
type Destination = Answer<Member | undefined>;

/** An operation that could not be answered at once. */
interface Call<T, R, A> {
  readonly verb: Verb<T, R, A>;
  readonly request: R;
  /** Who may have carried it out, or may still. */
  sentTo: Member | undefined;
  /** Nobody waits for it any more: it must not be sent now. */
  expired: boolean;
}

/**
 * Takes an operation to the primary of its slot and brings the answer back.
 *
 * As long as everybody answers at once this is an array read and two calls: no promise, timer or closure. The first
 * answer that comes later makes the operation a {@link Call}, with bytes of its own, a deadline, and as many attempts
 * as the topology changes under it.
 */
export class Router {
  #calls = 0;
  #onQuiet: () => void = () => undefined;

  constructor(
    /** Where operations go. */
    readonly locations: SlotLocations,
    private readonly clock: Clock,
    private readonly timeout: number,
  ) {}

  /** Throws, or rejects, with a CacheError. The request may be used again as soon as this returns. */
  perform<T, R extends RoutedRequest<R>, A>(verb: Verb<T, R, A>, request: R): Answer<T> {
    const member = this.locations.settled(request.slot) ?? this.#reach(request);
    if (isLater(member)) return this.#performLater(verb, request, member);
    const answer = this.#send(verb, member, request);
    if (isLater(answer)) return this.#performLater(verb, request, member, answer);
    if (answer === MOVED || answer === CLOSED) throw new DataNodeUnavailableError(member.id);
    return verb.read(answer, member, request);
  }

  /** Asks one member, whatever slots it has. Throws, or rejects, with a CacheError. */
  ask<T, R, A>(verb: Verb<T, R, A>, member: Member, request: R): Answer<T> {
    const check = (answer: A | Status): T => {
      if (answer === MOVED || answer === CLOSED) throw new DataNodeUnavailableError(member.id);
      return verb.read(answer, member, request);
    };
    const answer = this.#send(verb, member, request);
    if (!isLater(answer)) return check(answer);
    const call = this.#settle(member, verb, answer).then((settled) => {
      if (member.gone) throw new DataNodeUnavailableError(member.id, verb.writes);
      return check(settled);
    });
    return this.#track(
      within(this.clock, this.timeout, call, () => {
        return new OperationTimeoutError(verb.name, this.timeout, verb.writes, member.id);
      }),
    );
  }

  /**
   * Gives what takes several calls the deadline of one.
   * @param asked the id of the data node that it waits for, if that is one
   */
  hurry<T>(name: string, writes: boolean, answer: Answer<T>, asked?: () => string | undefined): Answer<T> {
    if (!isLater(answer)) return answer;
    return within(
      this.clock,
      this.timeout,
      answer,
      () => new OperationTimeoutError(name, this.timeout, writes, asked?.()),
    );
  }

  get now(): number {
    return this.clock.now();
  }

  /** Half of the deadline from now on: by then, what can stop in the middle should. */
  get halfTime(): number {
    return this.clock.now() + this.timeout / 2;
  }

  /** Resolves when no operation waits for an answer: at once, or when the last deadline has passed. */
  quiet(): Promise<void> {
    if (this.#calls === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  #reach<R extends RoutedRequest<R>>(request: R): Member | Promise<Member | undefined> {
    const { slot } = request;
    const settled = this.locations.settled(slot);
    if (settled !== undefined) return settled;
    const transit = this.locations.transit(slot);
    if (transit === undefined) throw new NoDataNodeError();
    if (!transit.open) return transit.opened.then(() => undefined);
    try {
      const pulled = request.pull(transit);
      if (pulled === undefined) return transit.target;
      return pulled.then(
        () => (this.#isCurrent(transit, slot) ? transit.target : undefined),
        (cause: unknown) => this.#failPull(transit, cause),
      );
    } catch (cause) {
      return this.#failPull(transit, cause);
    }
  }

  /** Whether the transit still goes on, or ended as it should: then what it pulled is where it belongs. */
  #isCurrent(transit: SlotTransit, slot: number): boolean {
    return this.locations.transit(slot) === transit || this.locations.settled(slot) === transit.target;
  }

  #failPull({ source }: SlotTransit, cause: unknown): never {
    throw new DataNodeUnavailableError(source!.id, false, { cause });
  }

  #performLater<T, R extends RoutedRequest<R>, A>(
    verb: Verb<T, R, A>,
    request: R,
    destination: Destination,
    answer?: Promise<A | Status>,
  ): Promise<T> {
    const sentTo = answer === undefined ? undefined : (destination as Member);
    const call: Call<T, R, A> = { verb, request: request.detach(), sentTo, expired: false };
    return this.#track(
      within(this.clock, this.timeout, this.#carryOut(call, destination, answer), () => {
        call.expired = true;
        const outcomeUnknown = verb.writes && call.sentTo !== undefined;
        return new OperationTimeoutError(verb.name, this.timeout, outcomeUnknown, call.sentTo?.id);
      }),
    );
  }

  #track<T>(call: Promise<T>): Promise<T> {
    this.#calls++;
    return call.finally(() => {
      if (--this.#calls === 0) this.#onQuiet();
    });
  }

  async #carryOut<T, R extends RoutedRequest<R>, A>(
    call: Call<T, R, A>,
    destination: Destination,
    answer: Answer<A | Status> | undefined,
  ): Promise<T> {
    const { verb, request } = call;
    for (;;) {
      const member = isLater(destination) ? await destination : destination;
      // The deadline has rejected the caller's promise already; this one goes unnoticed.
      if (call.expired) throw new OperationTimeoutError(verb.name, this.timeout, false);
      if (member !== undefined) {
        const { epoch } = this.locations;
        call.sentTo = member;
        const status = await this.#settle(member, verb, answer ?? this.#send(verb, member, request));
        if (status !== MOVED && status !== CLOSED) {
          if (!member.gone) return verb.read(status, member, request);
          // What a departed member says counts for nothing. A read can be asked elsewhere.
          if (verb.writes) throw new DataNodeUnavailableError(member.id, true);
        } else if (!member.gone && this.locations.epoch === epoch) {
          throw new DataNodeUnavailableError(member.id);
        }
        call.sentTo = undefined;
      }
      answer = undefined;
      destination = this.#reach(request);
    }
  }

  async #settle<T, R, A>(
    member: Member,
    verb: Verb<T, R, A>,
    answer: Answer<A | Status>,
  ): Promise<A | Status> {
    try {
      return await answer;
    } catch (cause) {
      // A read that met a departing member goes on elsewhere, as if the member had refused it.
      if (member.gone && !verb.writes) return MOVED;
      throw new DataNodeUnavailableError(member.id, verb.writes, { cause });
    }
  }

  #send<T, R, A>(verb: Verb<T, R, A>, member: Member, request: R): Answer<A | Status> {
    try {
      return verb.send(member.client, request, this.timeout);
    } catch (cause) {
      throw new DataNodeUnavailableError(member.id, false, { cause });
    }
  }
}
