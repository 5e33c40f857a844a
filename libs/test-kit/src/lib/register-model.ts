import { invalid } from './errors.ts';
import type { HistoryEntry, State } from './history.ts';
import type { Guard, Model, Transition } from './model.ts';

export interface RegisterModelOptions {
  /** What every key holds before the first operation; no entry by default. */
  readonly initial?: State;
  /**
   * Whether entries may vanish at any time of themselves: for systems that evict or expire during the test. Default
   * false. For a vanishing that is bounded in time, record a loss instead: a check with this option cannot see
   * that an acknowledged write is missing.
   */
  readonly mayVanish?: boolean;
}

/** One cell that is read, set, added, deleted, compared-and-set and counted: what a key of a cache promises to be. */
export function registerModel({ initial, mayVanish = false }: RegisterModelOptions = {}): Model {
  return { initial, mayVanish, transition: registerTransition };
}

const anything: Guard = { noneOf: [] };
const absent: Guard = { oneOf: [undefined] };
const present: Guard = { noneOf: [undefined] };
const holds = (state: State): Guard => ({ oneOf: [state] });
const holdsNot = (state: State): Guard => ({ noneOf: [state] });

function registerTransition(entry: HistoryEntry): Transition | undefined {
  const { operation } = entry;
  const answered = entry.end !== Infinity;
  switch (operation.type) {
    case 'get':
      return answered ? { guard: holds(stateAnswered(entry)), effect: 'keep' } : undefined;
    case 'has':
      if (!answered) return undefined;
      return { guard: booleanAnswered(entry) ? present : absent, effect: 'keep' };
    case 'set':
      return { guard: anything, effect: { become: operation.value } };
    case 'add':
      if (answered && !booleanAnswered(entry)) return { guard: present, effect: 'keep' };
      return { guard: absent, effect: { become: operation.value } };
    case 'delete':
      if (answered && !booleanAnswered(entry)) return { guard: absent, effect: 'keep' };
      return { guard: present, effect: { become: undefined } };
    case 'compareAndSet': {
      const { expected, value } = operation;
      if (answered && !booleanAnswered(entry)) return { guard: holdsNot(expected), effect: 'keep' };
      return { guard: holds(expected), effect: expected === value ? 'keep' : { become: value } };
    }
    case 'increment':
      return answered
        ? counted(operation.by, numberAnswered(entry))
        : {
            guard: anything,
            effect: { change: (state) => count(state, operation.by), name: `increment by ${operation.by}` },
          };
    case 'lose':
      return { guard: present, effect: { become: undefined } };
    default:
      return operation satisfies never;
  }
}

function counted(by: number, sum: number): Transition {
  const before = sum - by;
  if (!Number.isSafeInteger(sum) || !Number.isSafeInteger(before)) {
    throw invalid('an increment and its result', 'integers within 2^53', `${by} and ${sum}`);
  }
  return {
    guard: { oneOf: before === 0 ? ['0', undefined] : [String(before)] },
    effect: by === 0 && before !== 0 ? 'keep' : { become: String(sum) },
  };
}

/** What an increment leaves behind; the state itself when it is no number, for then the increment is an error. */
function count(state: State, by: number): State {
  const before = state === undefined ? 0 : Number(state);
  return Number.isSafeInteger(before) && String(before) === (state ?? '0') ? String(before + by) : state;
}

function stateAnswered({ operation, result }: HistoryEntry): State {
  if (result === undefined || typeof result === 'string') return result;
  throw invalid(`the result of ${operation.type}`, 'a string, or undefined for a miss', result);
}

function booleanAnswered({ operation, result }: HistoryEntry): boolean {
  if (typeof result === 'boolean') return result;
  throw invalid(`the result of ${operation.type}`, 'true or false', result);
}

function numberAnswered({ operation, result }: HistoryEntry): number {
  if (typeof result === 'number') return result;
  throw invalid(`the result of ${operation.type}`, 'a number', result);
}
