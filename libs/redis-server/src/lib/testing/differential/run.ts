import { SeededRandom } from '@distributed-cache/test-kit';
import { CaseGenerator } from './generator.ts';
import type { Peer } from './peers.ts';
import { shrink } from './shrink.ts';
import { commandOf, tryCase, type Difference } from './trial.ts';

export interface Outcome {
  readonly cases: number;
  readonly commands: number;
  /** How often each command was sent. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first difference, as short as it could be made. */
  readonly difference: Difference | undefined;
}

/** Compares two servers by at least so many random commands, the same ones for the same seed, until they differ. */
export async function compareServers(
  ours: Peer,
  theirs: Peer,
  seed: number,
  commands: number,
): Promise<Outcome> {
  const generator = new CaseGenerator(new SeededRandom(seed));
  const counts = new Map<string, number>();
  let [sent, cases] = [0, 0];
  for (; sent < commands; cases++) {
    const steps = generator.next();
    for (const { args } of steps.flatMap(({ requests }) => requests)) {
      const name = commandOf(args);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      sent++;
    }
    const found = await tryCase(steps, ours, theirs);
    if (found !== undefined) {
      const difference = await shrink(found, ours, theirs);
      return { cases, commands: sent, counts, difference };
    }
  }
  return { cases, commands: sent, counts, difference: undefined };
}
