import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { HistoryEntry, Operation, State } from './history.ts';
import { checkLinearizable } from './linearizability.ts';
import { must } from './must.ts';
import { registerModel } from './register-model.ts';
import { SeededRandom } from './seeded-random.ts';

type Result = HistoryEntry['result'];

/** What an operation answers and leaves behind when it runs alone. */
function perform(operation: Operation, state: State): [Result, State] {
  switch (operation.type) {
    case 'get':
      return [state, state];
    case 'has':
      return [state !== undefined, state];
    case 'set':
      return [undefined, operation.value];
    case 'add':
      return state === undefined ? [true, operation.value] : [false, state];
    case 'delete':
      return [state !== undefined, undefined];
    case 'compareAndSet':
      return state === operation.expected ? [true, operation.value] : [false, state];
    case 'increment': {
      // Not a number: an error, which no history records as an answer.
      if (!/^(0|-?[1-9]\d*)$/.test(state ?? '0')) return [Number.NaN, state];
      const sum = Number(state ?? 0) + operation.by;
      return [sum, String(sum)];
    }
    case 'lose':
      return [undefined, undefined];
  }
}

const isOptional = ({ operation, end }: HistoryEntry) => end === Infinity || operation.type === 'lose';

/** Every order and every choice of optional operations, one after the other: the definition, and nothing else. */
function naivelyLinearizable(left: readonly HistoryEntry[], state: State, mayVanish: boolean): boolean {
  if (left.every(isOptional)) return true;
  return left.some((next) => {
    if (left.some((other) => other.end < next.start)) return false;
    const rest = left.filter((other) => other !== next);
    if (isOptional(next) && naivelyLinearizable(rest, state, mayVanish)) return true;
    const met = mayVanish ? [state, undefined] : [state];
    return met.some((before) => {
      const [result, after] = perform(next.operation, before);
      return (isOptional(next) || result === next.result) && naivelyLinearizable(rest, after, mayVanish);
    });
  });
}

const TRUTH = Symbol('the true answer');

interface Draft {
  readonly operation: Operation;
  readonly start: number;
  readonly length: number;
  /** Where in its time it takes effect. */
  readonly at: number;
  readonly unanswered: boolean;
  /** An answer instead of the true one. */
  readonly lie: Result | typeof TRUTH;
}

/**
 * Short histories on a few values: correct ones, and such with a wrong answer or several. Each has only some of the
 * verbs, so that they meet more often.
 */
function histories(uniqueValues: boolean): fc.Arbitrary<HistoryEntry[]> {
  const values = uniqueValues ? ['0', '1', '2', '3', '4', '5'] : ['0', '1', 'x'];
  const value = fc.constantFrom(...values);
  const state = fc.option(value, { nil: undefined });
  const verbs: Record<Operation['type'], fc.Arbitrary<Operation>> = {
    get: fc.constant({ type: 'get' }),
    has: fc.constant({ type: 'has' }),
    set: value.map((v) => ({ type: 'set', value: v })),
    add: value.map((v) => ({ type: 'add', value: v })),
    delete: fc.constant({ type: 'delete' }),
    compareAndSet: fc.record({ type: fc.constant('compareAndSet' as const), expected: state, value }),
    increment: fc.record({ type: fc.constant('increment' as const), by: fc.constantFrom(-1, 0, 1, 2) }),
    lose: fc.constant({ type: 'lose' }),
  };
  return fc
    .subarray(Object.keys(verbs) as Operation['type'][], { minLength: 2, maxLength: 5 })
    .chain((some) => historiesOf(fc.oneof(...some.map((verb) => verbs[verb])), values, state, uniqueValues));
}

function historiesOf(
  operation: fc.Arbitrary<Operation>,
  values: readonly string[],
  state: fc.Arbitrary<State>,
  uniqueValues: boolean,
): fc.Arbitrary<HistoryEntry[]> {
  const draft: fc.Arbitrary<Draft> = fc.record({
    operation,
    start: fc.nat(12),
    length: fc.nat(8),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    unanswered: fc.nat(7).map((n) => n === 0),
    lie: fc.oneof({ weight: 6, arbitrary: fc.constant(TRUTH) }, state, fc.boolean(), fc.nat(3)),
  });
  return fc.array(draft, { maxLength: 7 }).map((drafts) => {
    const entries = drafts.map((draft, i) => ({
      ...draft,
      client: `c${i}`,
      key: 'k',
      operation:
        uniqueValues && 'value' in draft.operation
          ? { ...draft.operation, value: must(values[i % 6]) }
          : draft.operation,
      end: draft.unanswered ? Infinity : draft.start + draft.length,
      result: undefined as Result,
    }));
    let current: State;
    for (const entry of [...entries].sort((a, b) => a.start + a.at * a.length - b.start - b.at * b.length)) {
      [entry.result, current] = perform(entry.operation, current);
      if (entry.lie !== TRUTH && isAnswerOf(entry.operation, entry.lie)) entry.result = entry.lie;
    }
    return entries.filter(({ result, end }) => end === Infinity || !Number.isNaN(result));
  });
}

function isAnswerOf(operation: Operation, result: Result): boolean {
  switch (operation.type) {
    case 'get':
      return result === undefined || typeof result === 'string';
    case 'increment':
      return typeof result === 'number';
    case 'set':
    case 'lose':
      return false;
    default:
      return typeof result === 'boolean';
  }
}

describe('checkLinearizable agrees with trying every order', () => {
  test.each([
    ['few values', false, false],
    ['unique values', true, false],
    ['entries that vanish', true, true],
  ])('%s', (_name, uniqueValues, mayVanish) => {
    const outcomes = { linearizable: 0, violation: 0, undecided: 0 };
    fc.assert(
      fc.property(histories(uniqueValues), fc.constantFrom(undefined, '1'), (history, initial) => {
        const verdict = checkLinearizable(history, registerModel({ initial, mayVanish }));
        outcomes[verdict.outcome]++;
        const expected = naivelyLinearizable(history, initial, mayVanish);
        expect(verdict.outcome).toBe(expected ? 'linearizable' : 'violation');
        if (verdict.outcome !== 'violation') return;
        // The prefix fails because of the one answer.
        const { operation, prefix } = verdict;
        const unanswered = prefix.map((entry) => (entry === operation ? { ...entry, end: Infinity } : entry));
        expect(naivelyLinearizable(prefix, initial, mayVanish)).toBe(false);
        expect(
          naivelyLinearizable(unanswered, initial, mayVanish) || operation.operation.type === 'lose',
        ).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.linearizable).toBeGreaterThan(30);
    expect(outcomes.violation).toBeGreaterThan(30);
  });
});

interface Workload {
  readonly clients: number;
  readonly keys: number;
  readonly operations: number;
  readonly types: readonly Operation['type'][];
  /** How many operations get no answer; half of those still take effect, some of them late. */
  readonly unanswered: number;
  /** How many different values are written; unique ones when left out. */
  readonly values?: number;
}

/** What clients of a correct store would record: each operation takes effect at an instant within its time. */
function simulate(random: SeededRandom, workload: Workload): HistoryEntry[] {
  const drafts = Array.from({ length: workload.clients }, (_, c) => {
    let time = random.next();
    return Array.from({ length: Math.ceil(workload.operations / workload.clients) }, () => {
      const start = time;
      const length = random.next() * (random.chance(0.02) ? 10 : 1);
      time = start + length;
      const answered = !random.chance(workload.unanswered);
      const late = random.next() * (answered ? length : 5);
      return {
        client: `c${c}`,
        key: `k${random.integer(workload.keys)}`,
        start,
        end: answered ? time : Infinity,
        at: answered || random.chance(0.5) ? start + late : Infinity,
      };
    });
  }).flat();

  const states = new Map<string, State>();
  let writes = 0;
  return drafts
    .sort((a, b) => a.at - b.at)
    .map(({ client, key, start, end, at }) => {
      const state = states.get(key);
      const value = workload.values === undefined ? `v${writes++}` : `v${random.integer(workload.values)}`;
      const type = random.pick(workload.types);
      const operation = { type, value, expected: random.chance(0.7) ? state : value, by: 1 } as Operation;
      const [result, after] = perform(operation, state);
      if (at !== Infinity) states.set(key, after);
      return { client, key, operation, start, end, result };
    });
}

const cacheVerbs = ['get', 'set', 'delete'] as const;
const allVerbs = [...cacheVerbs, 'add', 'has', 'compareAndSet'] as const;

describe('histories of a correct store', () => {
  test('are accepted, whatever the interleaving', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          clients: fc.integer({ min: 1, max: 40 }),
          keys: fc.integer({ min: 1, max: 3 }),
          unanswered: fc.constantFrom(0, 0.02, 0.2),
          values: fc.constantFrom(undefined, 1, 3),
          types: fc.constantFrom<Workload['types']>(cacheVerbs, allVerbs, ['get', 'increment', 'delete']),
        }),
        ({ seed, ...workload }) => {
          const history = simulate(new SeededRandom(seed), { ...workload, operations: 200 });
          expect(checkLinearizable(history, registerModel())).toEqual({ outcome: 'linearizable' });
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each<[string, Workload['types'], number]>([
    ['get, set and delete', cacheVerbs, 0],
    ['all verbs, some without answer', allVerbs, 0.02],
  ])('1,000 clients, 5 keys, 50,000 operations take little work: %s', (_name, types, unanswered) => {
    const history = simulate(new SeededRandom(3), {
      clients: 1000,
      keys: 5,
      operations: 50_000,
      types,
      unanswered,
    });
    // The limit is a tenth of the default one: no test of time, and the same on every machine.
    expect(checkLinearizable(history, registerModel(), { maxSteps: 20_000_000 })).toEqual({
      outcome: 'linearizable',
    });
  });

  test('one stale read among 50,000 operations is found, with little work', () => {
    const history = simulate(new SeededRandom(3), {
      clients: 1000,
      keys: 5,
      operations: 50_000,
      types: cacheVerbs,
      unanswered: 0.02,
    });
    const reads = history.filter(
      ({ operation, end, result }) => operation.type === 'get' && end < 25 && result,
    );
    const read = must(reads.at(-1));
    const stale = must(reads.findLast(({ key, end }) => key === read.key && end < read.start - 10));
    const index = history.indexOf(read);
    const wrong = history.with(index, { ...read, result: stale.result });
    expect(checkLinearizable(wrong, registerModel(), { maxSteps: 20_000_000 })).toMatchObject({
      outcome: 'violation',
      operation: wrong[index],
    });
  });
});
