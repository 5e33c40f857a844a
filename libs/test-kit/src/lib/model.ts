import type { HistoryEntry, State } from './history.ts';

/** The states in which an operation can have given its answer. */
export type Guard = { readonly oneOf: readonly State[] } | { readonly noneOf: readonly State[] };

/** What an operation does to a state that its guard allows. */
export type Effect =
  /** Leaves it as it is. */
  | 'keep'
  /** Leaves this one behind, whatever it met. */
  | { readonly become: State }
  /**
   * Leaves one behind that depends on what it met. Equal names mean equal functions. The search learns little from
   * these: only for what cannot be said otherwise.
   */
  | { readonly change: (state: State) => State; readonly name: string };

/**
 * All that one operation says about its key, once its answer is known. That guard and effect can be looked at, and are
 * not a function to try states on, is what lets the search see which operations can follow which.
 */
export interface Transition {
  readonly guard: Guard;
  readonly effect: Effect;
}

/** A sequential specification of one key: what operations mean when they run one at a time. */
export interface Model {
  /** What a key holds before the first operation. */
  readonly initial: State;
  /** Whether an entry may vanish at any time of itself (it is evicted, it expires). */
  readonly mayVanish: boolean;
  /**
   * What the operation says about its key. When its outcome is unknown (`end` is Infinity): what it does if it takes
   * effect. Undefined when it says nothing.
   */
  transition(entry: HistoryEntry): Transition | undefined;
}
