import { must } from '@distributed-cache/test-kit';
import { LEAST_ROUNDS } from './before/report.ts';
import { Build } from './build.ts';

/** Options that every benchmark with `--before` takes. */
export const COMMON_OPTIONS = {
  before: { type: 'string' },
  rounds: { type: 'string' },
  short: { type: 'boolean' },
  markdown: { type: 'boolean' },
} as const;

/** Several positive numbers with commas between. */
export function positiveNumbers(name: string, text: string): number[] {
  return text.split(',').map((each) => {
    const value = Number(each);
    if (!(value > 0)) throw new Error(`--${name} takes positive numbers, but has "${each}"`);
    return value;
  });
}

/** The build that `--before` names, and how often it is compared with. */
export interface Before {
  readonly build: Build;
  readonly rounds: number;
}

/** Undefined without `--before`. */
export function readBefore(given: { before?: string; rounds?: string }): Before | undefined {
  if (given.before === undefined) return undefined;
  const rounds = must(positiveNumbers('rounds', given.rounds ?? String(LEAST_ROUNDS))[0]);
  if (rounds < LEAST_ROUNDS)
    throw new Error(`--before takes at least ${LEAST_ROUNDS} rounds, but has ${rounds}`);
  const build = new Build(given.before);
  build.requireComplete();
  return { build, rounds };
}

/** What is wrong with the command line is said in one line. */
export function orExplain<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
