import type { HistoryEntry, Operation } from './history.ts';

type Result = HistoryEntry['result'];
/** Client, operation, answer, start, end; no end: no answer came. */
export type Line = readonly [
  client: string,
  operation: Operation,
  result: Result,
  start: number,
  end?: number,
];

export const get: Operation = { type: 'get' };
export const has: Operation = { type: 'has' };
export const del: Operation = { type: 'delete' };
export const lose: Operation = { type: 'lose' };
export const set = (value: string): Operation => ({ type: 'set', value });
export const add = (value: string): Operation => ({ type: 'add', value });
export const cas = (expected: string | undefined, value: string): Operation => ({
  type: 'compareAndSet',
  expected,
  value,
});
export const increment = (by = 1): Operation => ({ type: 'increment', by });
export const ok = undefined;
export const miss = undefined;
export const unknown = undefined;

export function history(lines: readonly Line[], key = 'k'): HistoryEntry[] {
  return lines.map(([client, operation, result, start, end = Infinity]) => ({
    client,
    key,
    operation,
    result,
    start,
    end,
  }));
}
