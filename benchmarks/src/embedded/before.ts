import { fileURLToPath } from 'node:url';
import { orderOf, PairedCosts, type Contender } from '../before/paired-costs.ts';
import { ourBuild, type Build } from '../build.ts';
import type { Before } from '../command-line.ts';
import { short } from '../mode.ts';
import { SERVER_CORE, spawnPinned, waitForLine } from '../process.ts';

const SCRIPT = fileURLToPath(new URL('./one-build.js', import.meta.url));

/** Measures our `CacheManager` beside that of another build; each turn has a process of its own. */
export async function compareWithBefore({ build: before, rounds }: Before): Promise<PairedCosts> {
  const costs = new PairedCosts();
  const builds = { before, now: ourBuild, 'before again': before };
  for (let round = 0; round < rounds; round++) {
    const get = {} as Record<Contender, number>;
    const set = {} as Record<Contender, number>;
    for (const contender of orderOf(round)) {
      [get[contender], set[contender]] = await takeTurn(builds[contender]);
    }
    costs.add('CacheManager get', get);
    costs.add('CacheManager set', set);
  }
  return costs;
}

/** Microseconds of processor time of a get and of a set. */
async function takeTurn({ folder }: Build): Promise<[get: number, set: number]> {
  const child = spawnPinned(SERVER_CORE, [process.execPath, SCRIPT, folder, ...(short ? ['--short'] : [])]);
  const [, get, set] = await waitForLine(child, /^get (\S+) set (\S+)$/);
  return [Number(get), Number(set)];
}
