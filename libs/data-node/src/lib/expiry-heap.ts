import { NONE } from './store.ts';
import { enlarged } from './typed-arrays.ts';

/**
 * When entries expire, soonest first: a binary heap of entry numbers that knows where in it each entry stands.
 *
 * Knowing the place is what lets a time be changed or taken away in O(log n), so the heap holds exactly the entries
 * that have a time to live, never a stale node of one that was overwritten or removed. (Lazy deletion is simpler, but
 * a key rewritten a million times an hour before its time would leave a million nodes.) A timing wheel would be O(1),
 * at the price of a resolution and of cascades; with n = 1,000,000 the heap takes at most 20 steps in two arrays.
 */
export class ExpiryHeap {
  /** How many entries have a time. */
  count = 0;
  #heap: Int32Array;
  /** Where an entry stands in the heap; meaningful only while its time is not 0. */
  #place: Int32Array;
  /** When an entry expires; 0 when it is not in the heap. */
  #time: Float64Array;

  constructor(capacity: number) {
    this.#heap = new Int32Array(capacity);
    this.#place = new Int32Array(capacity);
    this.#time = new Float64Array(capacity);
  }

  grow(capacity: number): void {
    this.#heap = enlarged(this.#heap, capacity);
    this.#place = enlarged(this.#place, capacity);
    this.#time = enlarged(this.#time, capacity);
  }

  /** The entry that expires first, or NONE. */
  get first(): number {
    return this.count === 0 ? NONE : this.#heap[0]!;
  }

  /** When the entry expires; 0 for never. */
  timeOf(entry: number): number {
    return this.#time[entry]!;
  }

  /** Whether the entry has a time and it has come. */
  isDue(entry: number, now: number): boolean {
    const time = this.#time[entry]!;
    return time !== 0 && time <= now;
  }

  /** Sets, changes or (with 0) takes away the time of an entry. */
  set(entry: number, time: number): void {
    const before = this.#time[entry]!;
    if (time === before) return;
    if (time === 0) {
      this.#remove(entry);
    } else if (before === 0) {
      this.#time[entry] = time;
      this.#rise(entry, this.count++);
    } else {
      this.#time[entry] = time;
      if (time < before) this.#rise(entry, this.#place[entry]!);
      else this.#sink(entry, this.#place[entry]!);
    }
  }

  #remove(entry: number): void {
    this.#time[entry] = 0;
    const gap = this.#place[entry]!;
    const moved = this.#heap[--this.count]!;
    if (moved === entry) return;
    // The last node fills the gap; it may belong above or below it.
    this.#rise(moved, gap);
    this.#sink(moved, this.#place[moved]!);
  }

  #rise(entry: number, from: number): void {
    const time = this.#time[entry]!;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above]!;
      if (this.#time[parent]! <= time) break;
      this.#stand(parent, place);
      place = above;
    }
    this.#stand(entry, place);
  }

  #sink(entry: number, from: number): void {
    const time = this.#time[entry]!;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.count) break;
      if (below + 1 < this.count && this.#time[this.#heap[below + 1]!]! < this.#time[this.#heap[below]!]!)
        below++;
      const child = this.#heap[below]!;
      if (this.#time[child]! >= time) break;
      this.#stand(child, place);
      place = below;
    }
    this.#stand(entry, place);
  }

  #stand(entry: number, place: number): void {
    this.#heap[place] = entry;
    this.#place[entry] = place;
  }
}
