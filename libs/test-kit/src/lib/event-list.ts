import { must } from './must.ts';

export interface Interval {
  readonly start: number;
  /** Infinity: it has no end. */
  readonly end: number;
}

/**
 * Starts (i) and ends (length + i) of operations. At equal times starts come first: operations that only touch are
 * concurrent. An end at Infinity is none.
 */
export function inOrderOfTime(operations: readonly Interval[]): number[] {
  const count = operations.length;
  const timeOf = (event: number) =>
    event < count ? must(operations[event]).start : must(operations[event - count]).end;
  return Array.from({ length: 2 * count }, (_, event) => event)
    .filter((event) => timeOf(event) !== Infinity)
    .sort((a, b) => timeOf(a) - timeOf(b) || a - b);
}

/** What ends a walk along the list. */
export const END = 0;

/**
 * The starts and ends of operations in order of time, in a list from which an operation can be taken out and put
 * back in constant time. What Wing and Gong's search does at every step is walk from the front of this list: the
 * operations whose start comes before the first end are those that can take effect next.
 *
 * Put back in the reverse order of taking out: the links of what was taken out still say where it was.
 */
export class EventList {
  /** Event 1 + i is the start of operation i, event 1 + count + i its end. Event 0 is the list's head. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #count: number;

  constructor(operations: readonly Interval[]) {
    const count = operations.length;
    const events = inOrderOfTime(operations);
    this.#count = count;
    this.#next = new Int32Array(1 + 2 * count);
    this.#previous = new Int32Array(1 + 2 * count);
    let last = 0;
    for (const event of events) {
      this.#next[last] = 1 + event;
      this.#previous[1 + event] = last;
      last = 1 + event;
    }
    // Operations without an end have one that is linked to itself, so that taking it out changes nothing.
    const ends = new Set(events);
    for (let event = count; event < 2 * count; event++) {
      if (!ends.has(event)) this.#next[1 + event] = this.#previous[1 + event] = 1 + event;
    }
  }

  /** The event after this one, END when there is none. Start with END. */
  after(event: number): number {
    return must(this.#next[event]);
  }

  isEnd(event: number): boolean {
    return event > this.#count;
  }

  operationOf(event: number): number {
    return event > this.#count ? event - this.#count - 1 : event - 1;
  }

  /** A walk that stands at the operation's start can go on from there: that goes last. */
  takeOut(operation: number): void {
    this.#unlink(1 + this.#count + operation);
    this.#unlink(1 + operation);
  }

  putBack(operation: number): void {
    this.#relink(1 + operation);
    this.#relink(1 + this.#count + operation);
  }

  #unlink(event: number): void {
    const next = must(this.#next[event]);
    const previous = must(this.#previous[event]);
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(event: number): void {
    this.#next[must(this.#previous[event])] = event;
    this.#previous[must(this.#next[event])] = event;
  }
}
