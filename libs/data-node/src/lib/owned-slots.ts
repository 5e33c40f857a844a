import { SLOT_COUNT } from '@distributed-cache/consistent-hash';

/** The slots that a data node is the primary of, and how many they are. */
export class OwnedSlots {
  count = 0;
  readonly #marks = new Uint8Array(SLOT_COUNT);

  get all(): boolean {
    return this.count === SLOT_COUNT;
  }

  has(slot: number): boolean {
    return this.#marks[slot] === 1;
  }

  add(slot: number): void {
    this.count += 1 - this.#marks[slot]!;
    this.#marks[slot] = 1;
  }

  delete(slot: number): void {
    this.count -= this.#marks[slot]!;
    this.#marks[slot] = 0;
  }

  clear(): void {
    this.#marks.fill(0);
    this.count = 0;
  }
}
