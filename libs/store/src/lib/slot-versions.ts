import { SLOT_COUNT } from '@distributed-cache/consistent-hash';

const COUNTER_LIMIT = 2 ** 32;

/**
 * What a store knows of each slot: how many entries it has and its version.
 *
 * A version is two unsigned 32-bit numbers, (epoch, counter), which compare like one 64-bit number, and it counts like
 * one: a counter that passes 2^32 - 1 carries into the epoch. At 100,000 writes a second to one slot that takes
 * twelve hours, so it does happen; without the carry every cached value of the slot would from then on look newer
 * than the writes that replace it. The price: the slot's epoch then runs one ahead of its topology's, so a successor
 * that takes over in exactly that epoch starts level with it, and not above, until its own first write or the
 * arrival of an entry raises it ({@link raise}).
 */
export class SlotVersions {
  readonly #entries = new Uint32Array(SLOT_COUNT);
  /** Epoch and counter of each slot, side by side: a write touches one cache line. */
  readonly #versions = new Uint32Array(2 * SLOT_COUNT);

  entries(slot: number): number {
    return this.#entries[slot]!;
  }

  epoch(slot: number): number {
    return this.#versions[2 * slot]!;
  }

  counter(slot: number): number {
    return this.#versions[2 * slot + 1]!;
  }

  addEntry(slot: number): void {
    this.#entries[slot]!++;
  }

  removeEntry(slot: number): void {
    this.#entries[slot]!--;
  }

  clearEntries(): void {
    this.#entries.fill(0);
  }

  advance(slot: number): void {
    const versions = this.#versions;
    const counter = versions[2 * slot + 1]! + 1;
    if (counter < COUNTER_LIMIT) {
      versions[2 * slot + 1] = counter;
    } else {
      versions[2 * slot]!++;
      versions[2 * slot + 1] = 0;
    }
  }

  /** Lifts the slot's version to at least this one; a lower one changes nothing. */
  raise(slot: number, epoch: number, counter: number): void {
    const current = this.epoch(slot);
    if (epoch < current || (epoch === current && counter <= this.counter(slot))) return;
    this.#versions[2 * slot] = epoch;
    this.#versions[2 * slot + 1] = counter;
  }
}
