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
export class SlotTable {
  readonly #entries = new Uint32Array(SLOT_COUNT);
  readonly #epochs = new Uint32Array(SLOT_COUNT);
  readonly #counters = new Uint32Array(SLOT_COUNT);

  entries(slot: number): number {
    return this.#entries[slot]!;
  }

  epoch(slot: number): number {
    return this.#epochs[slot]!;
  }

  counter(slot: number): number {
    return this.#counters[slot]!;
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
    const counter = this.#counters[slot]! + 1;
    if (counter < COUNTER_LIMIT) {
      this.#counters[slot] = counter;
    } else {
      this.#epochs[slot]!++;
      this.#counters[slot] = 0;
    }
  }

  /** Lifts the slot's version to at least this one; a lower one changes nothing. */
  raise(slot: number, epoch: number, counter: number): void {
    const current = this.#epochs[slot]!;
    if (epoch < current || (epoch === current && counter <= this.#counters[slot]!)) return;
    this.#epochs[slot] = epoch;
    this.#counters[slot] = counter;
  }
}
