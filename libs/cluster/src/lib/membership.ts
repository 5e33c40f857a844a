import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import { type Clock, within } from '@distributed-cache/runtime';
import type { NodeState, NodeStatistics, NodeStatus, PubSub } from '@distributed-cache/pubsub';
import { BehaviorSubject } from 'rxjs';
import { isLater, type Answer, type DataNodeClient } from '@distributed-cache/data-node';
import {
  DataNodeUnavailableError,
  DuplicateNodeError,
  InvalidArgumentError,
  ManagerClosedError,
} from './errors.ts';
import { FailureDetector, SILENT_INTERVALS } from './failure-detector.ts';
import { Member } from './member.ts';
import { PatientCaller } from './patient-caller.ts';
import { SlotMover } from './slot-mover.ts';
import type { SlotLocations } from './slot-locations.ts';
import { EMPTY_TOPOLOGY, movesBetween, rebalanced, withoutOthers, type Topology } from './topology.ts';

export interface NodeInfo {
  readonly id: string;
  readonly incarnation: string;
  /** As the node reported; `lost` when it stopped reporting. */
  readonly state: NodeState | 'lost';
  readonly weight: number;
  /** How many slots it is the primary of. */
  readonly slots: number;
  /** The same as a fraction of all slots, 0 to 1. */
  readonly share: number;
  /** As last reported. */
  readonly statistics: NodeStatistics;
}

export interface MembershipOptions {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly table: SlotLocations;
  /** Milliseconds. */
  readonly operationTimeout: number;
  /** Milliseconds. */
  readonly statusInterval: number;
}

/**
 * Who takes part, and with it the topology.
 *
 * Planned changes (a node joins, leaves, comes back) go through one queue: each begins when nothing moves any more and
 * ends when its own slots have moved. So a slot has at most one source. A loss does not wait: the lost member's slots,
 * and only these, get another primary in the same tick; what the loss changes for other slots is a planned change.
 *
 * A member that was declared lost may be alive and not know it. It stays out until it is heard of again; then it is
 * told to drop everything and take a new incarnation, and what reports under that one is a new, empty member.
 */
export class Membership {
  readonly #options: MembershipOptions;
  /** By id; those that joined and were not removed, lost ones included. */
  readonly #members = new Map<string, Member>();
  readonly #restarting = new Set<Member>();
  readonly #detector: FailureDetector<Member>;
  readonly #mover: SlotMover;
  readonly #topology = new BehaviorSubject<Topology>(EMPTY_TOPOLOGY);
  readonly topology$ = this.#topology.asObservable();
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    const { pubsub, clock, table, statusInterval } = options;
    const caller = new PatientCaller(clock, SILENT_INTERVALS * statusInterval, (member) => {
      this.#lose(member);
    });
    this.#mover = new SlotMover(table, caller, clock);
    this.#detector = new FailureDetector({
      pubsub,
      clock,
      interval: statusInterval,
      onReport: (status) => {
        this.#hear(status);
      },
      onSilent: (member) => {
        this.#lose(member);
      },
    });
  }

  get topology(): Topology {
    return this.#topology.value;
  }

  /**
   * One change of the topology for all of them: each change places every slot anew. Resolves when the nodes' slots have
   * moved to them. If it rejects, those that could not join were closed and are forgotten; when one does not
   * start, that is all of them.
   */
  async add(clients: readonly DataNodeClient[]): Promise<void> {
    const ids = new Set(this.#members.keys());
    for (const { id } of clients) {
      if (ids.has(id)) throw new DuplicateNodeError(id);
      ids.add(id);
    }
    const members = clients.map((client) => new Member(client));
    for (const member of members) this.#members.set(member.id, member);
    await this.#enqueue(async () => {
      try {
        for (const member of members) await this.#begin(member);
        await this.#admit(members);
      } catch (error) {
        for (const member of members) {
          if (member.standing !== 'serving') await this.#forget(member.id);
        }
        throw error;
      }
    });
  }

  /** Resolves when the node's entries live elsewhere and it is closed. Entries of the last node are dropped. */
  remove(id: string): Promise<void> {
    return this.#enqueue(async () => {
      const member = this.#members.get(id);
      if (member === undefined) throw new InvalidArgumentError('id', 'the id of a data node of this cache');
      const wasLost = member.gone;
      if (!wasLost) {
        // A report, nothing more: the change does not depend on it.
        this.#ask(member.client, () => member.client.drain()).catch(ignore);
        await this.#rebalance(() => {
          if (!member.gone) member.standing = 'leaving';
        });
      }
      const lostOnTheWay = member.gone && !wasLost;
      await this.#forget(id);
      if (lostOnTheWay) throw new DataNodeUnavailableError(id);
    });
  }

  nodes(): NodeInfo[] {
    const { members, primaries } = this.topology;
    const counts = new Map(members.map(({ id }) => [id, 0]));
    for (const index of primaries) {
      const id = members[index]?.id;
      if (id !== undefined) counts.set(id, counts.get(id)! + 1);
    }
    return [...this.#members.values()].map((member) => {
      const { id, incarnation, weight, state, statistics } = member;
      const slots = counts.get(id) ?? 0;
      return {
        id,
        incarnation,
        state: member.standing === 'lost' ? 'lost' : state,
        weight,
        slots,
        share: slots / SLOT_COUNT,
        statistics,
      };
    });
  }

  /** Ends changes under way (they reject), closes every node and completes `topology$`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#detector.close();
    for (const member of this.#members.values()) member.depart();
    await this.#queue;
    await Promise.all([...this.#members.keys()].map((id) => this.#forget(id)));
    this.#topology.complete();
  }

  async #begin(member: Member): Promise<void> {
    const { client } = member;
    await this.#ask(client, () => client.start());
    member.statistics = await this.#ask(client, () => client.statistics());
    this.#detector.watch(member);
  }

  async #admit(members: readonly Member[]): Promise<void> {
    await this.#rebalance(() => {
      for (const member of members) {
        if (!member.gone) member.standing = 'serving';
      }
    });
    const gone = members.find((member) => member.gone);
    if (gone !== undefined) throw new DataNodeUnavailableError(gone.id);
  }

  #hear(status: NodeStatus): void {
    const member = this.#members.get(status.node);
    if (member === undefined) return;
    const isCurrent = status.incarnation === member.client.incarnation;
    if (status.incarnation !== member.incarnation && !isCurrent) return;
    if (status.state === 'closed') {
      this.#lose(member);
      void this.#forget(member.id);
    } else if (status.incarnation === member.incarnation) {
      member.state = status.state;
      member.statistics = status.statistics;
      if (member.standing === 'lost') void this.#restart(member);
    } else {
      // It dropped everything, because it was told to or by itself.
      this.#lose(member);
      const successor = new Member(member.client);
      successor.statistics = status.statistics;
      this.#members.set(successor.id, successor);
      this.#detector.watch(successor);
      this.#enqueue(() => this.#admit([successor])).catch(ignore);
    }
  }

  /** Routes around a member. What it answers from now on counts for nothing. */
  #lose(member: Member): void {
    if (member.gone) return;
    const served = member.standing === 'serving';
    member.standing = 'lost';
    member.depart();
    this.#detector.forget(member);
    if (!served) return;
    this.#install(withoutOthers(this.topology, this.#serving()), member);
    this.#enqueue(() => this.#rebalance(() => undefined)).catch(ignore);
  }

  /** Tells a lost member that was heard of to begin anew. If that fails, its next report is another occasion. */
  async #restart(member: Member): Promise<void> {
    if (this.#restarting.has(member)) return;
    this.#restarting.add(member);
    await this.#ask(member.client, () => member.client.restart()).catch(ignore);
    this.#restarting.delete(member);
  }

  async #forget(id: string): Promise<void> {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#detector.forget(member);
    member.depart();
    await this.#ask(member.client, () => member.client.close()).catch(ignore);
  }

  async #rebalance(change: () => void): Promise<void> {
    await this.#mover.idle();
    if (this.#closed) throw new ManagerClosedError();
    change();
    this.#install(rebalanced(this.topology, this.#serving()));
    await this.#mover.idle();
    if (this.#closed) throw new ManagerClosedError();
  }

  /** Makes a topology the valid one: routes by it, begins to move what it moves, and tells. */
  #install(after: Topology, lost?: Member): void {
    const before = this.topology;
    if (after === before) return;
    const { table } = this.#options;
    table.epoch = after.epoch;
    const members = after.members.map(({ id }) => this.#members.get(id)!);
    const moves = new Map<Member | undefined, Map<Member, number[]>>();
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const target = members[after.primaries[slot]!];
      if (target === table.primary(slot)) continue;
      if (target === undefined) {
        table.vacate(slot);
        continue;
      }
      // Entries are where the slot was served, or, if they were still on their way, where they came from.
      const holder = table.settled(slot) ?? table.transit(slot)?.source;
      const source = holder === target || holder?.gone ? undefined : holder;
      const targets = moves.get(source) ?? new Map<Member, number[]>();
      moves.set(source, targets);
      const slots = targets.get(target);
      if (slots === undefined) targets.set(target, [slot]);
      else slots.push(slot);
    }
    for (const [source, targets] of moves) {
      for (const [target, slots] of targets) this.#mover.move(source, target, slots, after.epoch);
    }
    this.#announce(before, after, lost);
    this.#topology.next(after);
  }

  #announce(before: Topology, after: Topology, lost: Member | undefined): void {
    const { pubsub } = this.#options;
    const { epoch, members } = after;
    if (pubsub.hasSubscribers('node_key_assignment')) {
      const moves = movesBetween(before, after, lost);
      pubsub.publish({ topic: 'node_key_assignment', epoch, moves });
    }
    if (pubsub.hasSubscribers('topology')) pubsub.publish({ topic: 'topology', epoch, members });
  }

  #serving(): Member[] {
    return [...this.#members.values()].filter(({ standing }) => standing === 'serving');
  }

  #enqueue<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#closed) throw new ManagerClosedError();
      return change();
    });
    this.#queue = result.catch(ignore);
    return result;
  }

  /** Asks with a deadline. Whatever goes wrong, the node is unavailable. */
  async #ask<T>(client: DataNodeClient, call: () => Answer<T>): Promise<T> {
    const { clock, operationTimeout } = this.#options;
    const tooLate = () => new DataNodeUnavailableError(client.id);
    try {
      const answer = call();
      return isLater(answer) ? await within(clock, operationTimeout, answer, tooLate) : answer;
    } catch (cause) {
      throw cause instanceof DataNodeUnavailableError
        ? cause
        : new DataNodeUnavailableError(client.id, false, { cause });
    }
  }
}

/** For what fails only when the manager closes or a member departs, which others are told of already. */
const ignore = (): void => undefined;
