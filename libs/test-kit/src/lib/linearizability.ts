import { inOrderOfTime } from './event-list.ts';
import { explainUndecided, explainViolation } from './explanation.ts';
import { invalid, TestKitError } from './errors.ts';
import type { HistoryEntry } from './history.ts';
import { searchLinearization, type SearchResult } from './linearization-search.ts';
import type { Model } from './model.ts';
import { must } from './must.ts';
import { searchProblem } from './search-problem.ts';

export interface CheckOptions {
  /**
   * How much work the search may do for one key before it gives up: how many operations it looks at, with an extra
   * charge for each move. 200 million by default, which takes some seconds.
   */
  readonly maxSteps?: number;
}

export type Verdict =
  /** Each key has an order of its operations that explains every answer. */
  | { readonly outcome: 'linearizable' }
  | {
      readonly outcome: 'violation';
      readonly key: string;
      /** The operation whose answer nothing explains: the last one of `prefix` to end. */
      readonly operation: HistoryEntry;
      /**
       * What had happened on the key when it ended. Without its answer, this is linearizable (unless the search gave
       * up on that); operations that ended later are of unknown outcome here.
       */
      readonly prefix: readonly HistoryEntry[];
      /** An order of the prefix without that operation. */
      readonly linearization: readonly HistoryEntry[] | undefined;
      /** All this for the reader. */
      readonly explanation: string;
    }
  /** The search gave up: the history may be linearizable or not. Never to be taken for success. */
  | { readonly outcome: 'undecided'; readonly key: string; readonly explanation: string };

/**
 * Whether a history is linearizable (Maurice Herlihy, Jeannette Wing: "Linearizability: a correctness condition for
 * concurrent objects", 1990): whether each operation can be given one instant between its start and its end such that,
 * done one at a time in that order, the operations answer what they did answer. Linearizability is local, so each key
 * is judged by itself. A violation on any key is reported before a key on which the search gave up.
 */
export function checkLinearizable(
  history: readonly HistoryEntry[],
  model: Model,
  { maxSteps = 200_000_000 }: CheckOptions = {},
): Verdict {
  let undecided: Verdict | undefined;
  for (const [key, entries] of byKey(history)) {
    const search = (some: readonly HistoryEntry[]) => {
      const problem = searchProblem(some, model);
      return problem === undefined ? impossible : searchLinearization(problem, maxSteps);
    };
    const result = search(entries);
    if (result.outcome === 'impossible') return violation(key, entries, model, search);
    if (result.outcome === 'undecided') {
      const explanation = explainUndecided(key, entries.length, result.furthest, maxSteps);
      undecided ??= { outcome: 'undecided', key, explanation };
    }
  }
  return undecided ?? { outcome: 'linearizable' };
}

/**
 * As `checkLinearizable`, for tests.
 * @throws TestKitError with the explanation: NOT_LINEARIZABLE, or UNDECIDED when the search gave up
 */
export function assertLinearizable(
  history: readonly HistoryEntry[],
  model: Model,
  options?: CheckOptions,
): void {
  const verdict = checkLinearizable(history, model, options);
  if (verdict.outcome === 'violation') throw new TestKitError('NOT_LINEARIZABLE', verdict.explanation);
  if (verdict.outcome === 'undecided') throw new TestKitError('UNDECIDED', verdict.explanation);
}

const impossible: SearchResult = { outcome: 'impossible' };

function byKey(history: readonly HistoryEntry[]): Map<string, HistoryEntry[]> {
  const keys = new Map<string, HistoryEntry[]>();
  for (const entry of history) {
    const { key, start, end } = entry;
    if (!Number.isFinite(start) || !(end >= start)) {
      throw invalid('an operation', 'from a finite start to an end no earlier', `${start} to ${end}`);
    }
    const entries = keys.get(key);
    if (entries === undefined) keys.set(key, [entry]);
    else entries.push(entry);
  }
  return keys;
}

/**
 * Finds the answer that breaks the history. A prefix of a linearizable history is linearizable, so the shortest one
 * that is not can be found by halving; a prefix on which the search gives up counts as one that does not fail.
 */
function violation(
  key: string,
  entries: readonly HistoryEntry[],
  model: Model,
  search: (entries: readonly HistoryEntry[]) => SearchResult,
): Verdict {
  const events = inOrderOfTime(entries);
  const ends = events.flatMap((event, position) => (event >= entries.length ? position : []));
  /** The history up to and with the nth end. */
  const prefixOf = (n: number) => prefixAt(entries, events.slice(0, n === 0 ? 0 : must(ends[n - 1]) + 1));

  let sound = 0;
  let failing = ends.length;
  let order: readonly HistoryEntry[] | undefined = [];
  while (failing - sound > 1) {
    const middle = (sound + failing) >>> 1;
    const result = search(prefixOf(middle));
    if (result.outcome === 'impossible') {
      failing = middle;
    } else {
      sound = middle;
      order = result.outcome === 'found' ? result.order : undefined;
    }
  }
  const prefix = prefixOf(failing);
  const failure = must(events[must(ends[failing - 1])]);
  const operation = must(entries[failure - entries.length]);
  return {
    outcome: 'violation',
    key,
    operation,
    prefix,
    linearization: order,
    explanation: explainViolation({ key, operation, prefix, linearization: order, model }),
  };
}

/** What had begun by these events; what had not ended is of unknown outcome. */
function prefixAt(entries: readonly HistoryEntry[], events: readonly number[]): HistoryEntry[] {
  const ended = new Set(events);
  return events
    .filter((event) => event < entries.length)
    .map((index) => {
      const entry = must(entries[index]);
      return ended.has(entries.length + index) ? entry : { ...entry, end: Infinity };
    });
}
