import type { Case, Step } from './case.ts';
import { BRIEF, tryCase, type Difference } from './trial.ts';
import type { Peer } from './peers.ts';
import { requestOf } from './generator.ts';

/**
 * Looks for a shorter case that shows a difference: leaves requests out, many at once and then one by one, and sends
 * what is left as plainly as possible. It may come to another difference than the first, which is as good a find.
 */
export async function shrink(found: Difference, ours: Peer, theirs: Peer): Promise<Difference> {
  let best = found;
  const improves = async (steps: Case): Promise<boolean> => {
    const difference = await tryCase(steps, ours, theirs, BRIEF);
    if (difference === undefined) return false;
    best = upToDifference(difference);
    return true;
  };
  best = upToDifference(best);

  for (let shorter = true; shorter;) {
    shorter = false;
    for (let size = Math.max(1, countRequests(best.steps) >> 1); size >= 1; size >>= 1) {
      for (let at = 0; at < countRequests(best.steps);) {
        if (countRequests(best.steps) > 1 && (await improves(without(best.steps, at, size)))) shorter = true;
        else at += size;
      }
    }
  }
  const plain = (step: Step): Step => ({ ...step, pieces: [] });
  const asArrays = (step: Step): Step => ({
    ...step,
    requests: step.requests.map(({ args }) => requestOf(args)),
  });
  const alone = ({ connection, requests }: Step): Step[] =>
    requests.map((request) => ({ connection, requests: [request], pieces: [] }));
  await improves(best.steps.map(plain));
  await improves(best.steps.map(asArrays));
  await improves(best.steps.flatMap(alone));
  return best;
}

/** What came after it has no part in it. */
function upToDifference(difference: Difference): Difference {
  return { ...difference, steps: difference.steps.slice(0, difference.step + 1) };
}

function countRequests(steps: Case): number {
  return steps.reduce((count, { requests }) => count + requests.length, 0);
}

/** The case without some requests, counted through all steps. */
function without(steps: Case, from: number, count: number): Case {
  let index = 0;
  return steps
    .map((step) => ({
      ...step,
      requests: step.requests.filter(() => {
        const at = index++;
        return at < from || at >= from + count;
      }),
    }))
    .filter(({ requests }) => requests.length > 0);
}
