import type { HistoryEntry } from './history.ts';
import { leaveOutInconsequential, narrow } from './inference.ts';
import type { Effect, Guard, Model } from './model.ts';
import { ABSENT, NO_STATE, States, type SearchOperation } from './search-operation.ts';

export interface SearchProblem {
  /** Required ones first, each in order of their start. */
  readonly operations: readonly SearchOperation[];
  readonly required: number;
  readonly initial: number;
  readonly mayVanish: boolean;
  readonly states: States;
}

/** Prepares the operations of one key for the search; undefined when it is plain that there is no order. */
export function searchProblem(history: readonly HistoryEntry[], model: Model): SearchProblem | undefined {
  const states = new States();
  const guards = new Map<string, number>();
  const initial = states.numberOf(model.initial);

  const stated = history.flatMap((entry) => {
    const transition = model.transition(entry);
    const optional = isOptional(entry);
    if (transition === undefined || (optional && transition.effect === 'keep')) return [];
    return searchOperation(entry, optional, transition.guard, transition.effect);
  });
  const unmade = model.mayVanish ? [initial, ABSENT] : [initial];
  const possible = narrow(stated, unmade);
  if (possible === undefined) return undefined;
  const operations = leaveOutInconsequential(possible);
  operations.sort((a, b) => Number(a.optional) - Number(b.optional) || a.start - b.start);
  const required = operations.filter(({ optional }) => !optional).length;
  return { operations, required, initial, mayVanish: model.mayVanish, states };

  // All fields in one literal: the search is ten times as slow on objects of varying shape.
  function searchOperation(
    entry: HistoryEntry,
    optional: boolean,
    guard: Guard,
    effect: Effect,
  ): SearchOperation {
    const excludes = 'noneOf' in guard;
    const [named = NO_STATE, ...others] = (excludes ? guard.noneOf : guard.oneOf)
      .map((state) => states.numberOf(state))
      .sort((a, b) => a - b);
    const guardText = `${excludes} ${named} ${others.join()}`;
    const number = guards.get(guardText) ?? guards.size;
    guards.set(guardText, number);

    const changes = typeof effect === 'object' && 'change' in effect ? effect : undefined;
    const makes =
      typeof effect === 'object' && 'become' in effect ? states.numberOf(effect.become) : NO_STATE;
    return {
      entry,
      optional,
      start: entry.start,
      end: entry.end,
      named,
      others: others.length > 0 ? others : undefined,
      excludes,
      guard: number,
      kind: `${guardText} ${changes?.name ?? makes}`,
      keeps: effect === 'keep',
      makes,
      change: changes?.change,
      solelyMakes: false,
    };
  }
}

/** Whether the history leaves open that the operation took effect at all. */
export function isOptional(entry: HistoryEntry): boolean {
  return entry.end === Infinity || entry.operation.type === 'lose';
}
