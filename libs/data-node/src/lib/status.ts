/**
 * What an operation of a data node came to. Numbers, because the hot path allocates nothing; not negative when the
 * operation ran.
 */
export type Status =
  | typeof MISS
  | typeof OK
  | typeof NOT_STORED
  | typeof MOVED
  | typeof CLOSED
  | typeof TOO_LARGE
  | typeof NOT_AN_INTEGER
  | typeof OUT_OF_RANGE;

/** There is no such entry. */
export const MISS = 0;
export const OK = 1;
/** A set whose condition (NX, XX) did not hold. */
export const NOT_STORED = 2;
/** This node is not the primary of the key's slot. Nothing was done. */
export const MOVED = -1;
/** Key, value or entry over a limit. Nothing was done. */
export const TOO_LARGE = -2;
/** The node was closed. Nothing was done. */
export const CLOSED = -3;
/** A counter's value is not a decimal 64-bit integer. Nothing was done. */
export const NOT_AN_INTEGER = -4;
/** A counter would leave the range of 64-bit integers. Nothing was done. */
export const OUT_OF_RANGE = -5;
/** There is no such entry: what {@link DataNode.read} and the like answer, whose other answers are entry numbers. */
export const ABSENT = -6;
