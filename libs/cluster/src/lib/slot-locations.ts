import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { Member } from './member.ts';
import type { SlotTransit } from './slot-transit.ts';

/**
 * Where operations go, slot by slot. A slot is in one of three states: settled (a member serves it; the only state
 * that the hot path knows, one array read), in transit, or without a member.
 */
export class SlotLocations {
  /** The epoch of the topology that the table follows: it changes whenever a slot's primary does. */
  epoch = 0;
  /** Changes whenever anything in the table does. */
  revision = 0;
  readonly #settled = new Array<Member | undefined>(SLOT_COUNT).fill(undefined);
  readonly #transits = new Array<SlotTransit | undefined>(SLOT_COUNT).fill(undefined);

  /** The member that serves a settled slot. */
  settled(slot: number): Member | undefined {
    return this.#settled[slot];
  }

  transit(slot: number): SlotTransit | undefined {
    return this.#transits[slot];
  }

  /** The slot's primary, whether it has arrived there yet or not. */
  primary(slot: number): Member | undefined {
    return this.#settled[slot] ?? this.#transits[slot]?.target;
  }

  settle(slot: number, member: Member): void {
    this.#settled[slot] = member;
    this.#transits[slot] = undefined;
    this.revision++;
  }

  begin(slot: number, transit: SlotTransit): void {
    this.#settled[slot] = undefined;
    this.#transits[slot] = transit;
    this.revision++;
  }

  vacate(slot: number): void {
    this.#settled[slot] = undefined;
    this.#transits[slot] = undefined;
    this.revision++;
  }

  /** Whether operations on every slot are carried out now. */
  get ready(): boolean {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (this.#settled[slot] === undefined && !this.#transits[slot]?.open) return false;
    }
    return true;
  }
}
