import { short } from '../mode.ts';
import { printTable } from '../table.ts';
import type { Comparison, Spread } from './paired-costs.ts';

/** With fewer rounds a median says too little. */
export const LEAST_ROUNDS = short ? 1 : 9;
/** From this multiple of the other build's processor time on, a change has made something slower. */
const MOST_RATIO = 1.03;

/** Prints the comparisons and what follows from them. The process will end with code 1 when something became slower. */
export function reportComparisons(comparisons: readonly Comparison[], rounds: number): void {
  printTable(
    `Microseconds of processor time per request; medians of ${rounds} rounds, and of their ratios (lowest to highest)`,
    ['', 'before', 'now', 'now / before', '', 'before / itself', ''],
    comparisons.map(({ name, before, now, ratio, noise }) => [
      ...[name, before.toFixed(2), now.toFixed(2)],
      ...[ratio, noise].flatMap((each) => [each.median.toFixed(3), range(each)]),
    ]),
  );
  if (short) return;
  console.log('');
  for (const { name, ratio } of comparisons) {
    const kept = ratio.median <= MOST_RATIO;
    console.log(
      `${kept ? 'kept  ' : 'BROKEN'}  ${name}: ${ratio.median.toFixed(3)} of the time before; at most ${MOST_RATIO} is promised`,
    );
    if (!kept) process.exitCode = 1;
  }
}

function range({ lowest, highest }: Spread): string {
  return `${lowest.toFixed(3)} to ${highest.toFixed(3)}`;
}
