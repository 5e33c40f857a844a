import type { HistoryEntry, State } from './history.ts';

/** States are numbers in the search. */
export const ABSENT = 0;
/** Some value, whichever: no operation that is left can tell it from another. */
export const INDIFFERENT = -1;
/** In place of a state: there is none. */
export const NO_STATE = -2;

/** An operation in the form in which the search works on it. */
export interface SearchOperation {
  readonly entry: HistoryEntry;
  /** Need not take effect. */
  optional: boolean;
  /** From when it can have taken effect. */
  start: number;
  /** By when it has taken effect, at the latest; Infinity when that is not known. */
  end: number;
  /** The state that its guard names, or NO_STATE; the others, should it name several... */
  readonly named: number;
  readonly others: readonly number[] | undefined;
  /** ...as those that it excludes, or as those that it allows. */
  readonly excludes: boolean;
  /** Equal for equal guards. */
  readonly guard: number;
  /** Equal for equal guards and effects. */
  readonly kind: string;
  readonly keeps: boolean;
  /** The state that it leaves behind; NO_STATE when it keeps it, or when that depends on the state it meets. */
  readonly makes: number;
  readonly change: ((state: State) => State) | undefined;
  /** No other operation makes the state that it makes, nor does the key hold it at first. */
  solelyMakes: boolean;
}

/** Numbers for states. */
export class States {
  readonly #numbers = new Map<State, number>([[undefined, ABSENT]]);
  readonly #states: State[] = [undefined];

  numberOf(state: State): number {
    const known = this.#numbers.get(state);
    if (known !== undefined) return known;
    this.#numbers.set(state, this.#states.length);
    return this.#states.push(state) - 1;
  }

  stateOf(number: number): State {
    return this.#states[number];
  }

  get count(): number {
    return this.#states.length;
  }
}

/** The only state in which an operation is possible; NO_STATE when there are several. */
export function onlyState({ named, others, excludes }: SearchOperation): number {
  return !excludes && others === undefined ? named : NO_STATE;
}

/** Whether an operation is possible in a state. */
export function allows({ named, others, excludes }: SearchOperation, state: number): boolean {
  return (named === state || others?.includes(state) === true) !== excludes;
}
