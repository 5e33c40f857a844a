/** What a key can hold. Values are compared as strings: record bytes in a form that keeps different ones apart. */
export type Value = string;

/** What a key holds: a value, or undefined when there is no entry. */
export type State = Value | undefined;

/** An operation on one key, as its client asked for it. */
export type Operation =
  | { readonly type: 'get' }
  | { readonly type: 'has' }
  | { readonly type: 'set'; readonly value: Value }
  /** Stores only if there is no entry. */
  | { readonly type: 'add'; readonly value: Value }
  | { readonly type: 'delete' }
  /** Stores `value` only if the key holds `expected` (undefined: only if there is no entry). */
  | { readonly type: 'compareAndSet'; readonly expected: State; readonly value: Value }
  /** Adds to an integer in decimal notation; no entry counts as 0. */
  | { readonly type: 'increment'; readonly by: number }
  /**
   * No client's call: between `start` and `end` the entry may have vanished, once (its data node was lost, it expired).
   * It need not have.
   */
  | { readonly type: 'lose' };

/** What an operation answers: whether it found, stored or removed something, or what it read or counted; a set whatever. */
export type ResultOf<O extends Operation> = O extends { type: 'get' }
  ? State
  : O extends { type: 'has' | 'add' | 'delete' | 'compareAndSet' }
    ? boolean
    : O extends { type: 'increment' }
      ? number
      : unknown;

/**
 * One operation of a history. It took effect at some instant from `start` to `end`, both included, so two operations
 * whose times only touch count as concurrent. That is the safe side: a clock that is too coarse to tell them apart
 * can hide an error, but cannot accuse a correct system.
 */
export interface HistoryEntry {
  readonly client: string;
  readonly key: string;
  readonly operation: Operation;
  /** No later than the instant at which the operation could first take effect: taken before it was sent. */
  readonly start: number;
  /**
   * No earlier than the instant at which it took effect: taken after its answer arrived. Infinity when no answer came:
   * then its outcome is unknown, and it may have taken effect at any time after `start`, or never.
   */
  readonly end: number;
  /** What it answered; without meaning when `end` is Infinity. A miss, `set` and `lose` answer undefined. */
  readonly result?: State | boolean | number;
}
