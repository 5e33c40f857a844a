import type { HistoryEntry, State } from './history.ts';
import type { Guard, Model } from './model.ts';
import { must } from './must.ts';

/** How many lines of one kind are shown; more would hide what matters. */
const MAX_LINES = 20;

export interface Violation {
  readonly key: string;
  readonly operation: HistoryEntry;
  readonly prefix: readonly HistoryEntry[];
  readonly linearization: readonly HistoryEntry[] | undefined;
  readonly model: Model;
}

/** What a person needs to see why the operation's answer cannot be. */
export function explainViolation({ key, operation, prefix, linearization, model }: Violation): string {
  const overlapping = prefix
    .filter((other) => other !== operation && other.end >= operation.start)
    .sort((a, b) => a.start - b.start);
  return [
    `Key ${quoted(key)} is not linearizable: no order of its operations explains the answer of`,
    `  ${describeEntry(operation)}`,
    ...neededState(operation, prefix, model),
    '',
    ...(linearization === undefined
      ? ['The search gave up on the operations that ended before it.']
      : [
          `All ${linearization.length} operations that took effect before it ended do have an order. It closes with`,
          ...lastLines(replay(linearization, model)),
        ]),
    '',
    overlapping.length === 0 ? 'Nothing overlaps it.' : 'These overlap it, by their start:',
    ...firstLines(overlapping.map(describeEntry)),
  ].join('\n');
}

export function explainUndecided(
  key: string,
  operations: number,
  furthest: number,
  maxSteps: number,
): string {
  return [
    `Key ${quoted(key)}: undecided. The search gave up after ${maxSteps} steps;`,
    `it had put at most ${furthest} of ${operations} operations in order.`,
    'Unique values for all writes, fewer operations of unknown outcome or more keys make a history easier to judge.',
  ].join('\n');
}

/** `client: set "v" -> ok [start, end]` */
export function describeEntry({ client, operation, result, start, end }: HistoryEntry): string {
  const outcome =
    end === Infinity
      ? '?'
      : result === undefined
        ? operation.type === 'get'
          ? 'miss'
          : 'ok'
        : quoted(result);
  const until = end === Infinity ? 'unknown' : end;
  return `${client}: ${describeOperation(operation)} -> ${outcome} [${start}, ${until}]`;
}

function describeOperation(operation: HistoryEntry['operation']): string {
  switch (operation.type) {
    case 'set':
    case 'add':
      return `${operation.type} ${quoted(operation.value)}`;
    case 'compareAndSet':
      return `compareAndSet ${describeState(operation.expected)} to ${quoted(operation.value)}`;
    case 'increment':
      return `increment by ${operation.by}`;
    default:
      return operation.type;
  }
}

/** For an answer that only one state explains: who could have left that state behind. */
function neededState(operation: HistoryEntry, prefix: readonly HistoryEntry[], model: Model): string[] {
  const guard = model.transition(operation)?.guard;
  if (guard === undefined || !('oneOf' in guard) || guard.oneOf.length !== 1) return [];
  const state = guard.oneOf[0];
  const makers = prefix.filter((entry) => {
    const effect = entry === operation ? undefined : model.transition(entry)?.effect;
    return typeof effect === 'object' && 'become' in effect && effect.become === state;
  });
  const needs = `It needs ${describeState(state)}, which`;
  if (makers.length > 0) return [`${needs} these can leave behind:`, ...lastLines(makers.map(describeEntry))];
  return [
    state === model.initial
      ? `${needs} was there only at first.`
      : `${needs} none before its end leaves behind.`,
  ];
}

/** Each operation of an order with the state after it. */
function replay(order: readonly HistoryEntry[], model: Model): string[] {
  let state = model.initial;
  return order.map((entry) => {
    const { guard, effect } = must(model.transition(entry));
    // Only an entry that vanished of itself explains that the operation comes next.
    if (!allows(guard, state)) state = undefined;
    if (typeof effect === 'object') state = 'become' in effect ? effect.become : effect.change(state);
    return `${describeEntry(entry)}   leaves ${describeState(state)}`;
  });
}

function allows(guard: Guard, state: State): boolean {
  return 'oneOf' in guard ? guard.oneOf.includes(state) : !guard.noneOf.includes(state);
}

function describeState(state: State): string {
  return state === undefined ? 'no entry' : quoted(state);
}

function quoted(value: string | boolean | number): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function firstLines(lines: readonly string[]): string[] {
  const hidden = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(hidden > 0 ? [`... and ${hidden} more`] : [])].map(indented);
}

function lastLines(lines: readonly string[]): string[] {
  const hidden = lines.length - MAX_LINES;
  return [...(hidden > 0 ? [`${hidden} before, then`] : []), ...lines.slice(-MAX_LINES)].map(indented);
}

function indented(line: string): string {
  return `  ${line}`;
}
