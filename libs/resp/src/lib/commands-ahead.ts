/** A command with more arguments is not read ahead. */
export const MAX_ARGUMENTS_AHEAD = 16;

/**
 * Commands that a parser has read ahead of those it was asked for ({@link RequestParser.lookAhead}). One can serve any
 * number of parsers, one after the other: each is done with it when `next` has returned false, or after `keep`.
 */
export class CommandsAhead {
  /** How many there is room for. */
  readonly capacity: number;
  /** How many there are, and how many of them were taken. */
  size = 0;
  taken = 0;
  /** Where each one's first argument after the name is: with most commands, their key. */
  readonly keyStarts: Int32Array;
  readonly keyEnds: Int32Array;
  /** How many arguments each has, and where they are, one command after the other. */
  readonly counts: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The first argument of the next one to be taken. */
  nextArgument = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.keyStarts = new Int32Array(capacity);
    this.keyEnds = new Int32Array(capacity);
    this.counts = new Int32Array(capacity);
    this.starts = new Int32Array(capacity * MAX_ARGUMENTS_AHEAD);
    this.ends = new Int32Array(capacity * MAX_ARGUMENTS_AHEAD);
  }

  clear(): void {
    this.size = this.taken = this.nextArgument = 0;
  }
}
