/**
 * Awaited get and set inside one process, 10,000 keys drawn by Zipf 0.99, 100-byte values.
 *
 * `npx nx run benchmarks:embedded -- --before FOLDER` compares with the build of another checkout.
 */
import { parseArgs } from 'node:util';
import { must } from '@distributed-cache/test-kit';
import { reportComparisons } from '../before/report.ts';
import { COMMON_OPTIONS, orExplain, positiveNumbers, readBefore } from '../command-line.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { printTable } from '../table.ts';
import { median } from '../throughput.ts';
import { compareWithBefore } from './before.ts';
import { fill, measure } from './operations.ts';
import { embeddedCaches } from './peers.ts';

const { before, rounds } = orExplain(() => {
  const { values } = parseArgs({ options: COMMON_OPTIONS });
  const [count] = positiveNumbers('rounds', values.rounds ?? (short ? '1' : '5'));
  return { before: readBefore(values), rounds: must(count) };
});
console.log(describeMachine());
if (before) {
  console.log(`CacheManager beside that built in ${before.build.folder}, in turns`);
  reportComparisons((await compareWithBefore(before)).comparisons(), before.rounds);
} else {
  await besidePeers();
}

async function besidePeers(): Promise<void> {
  const rates = new Map<string, { get: number[]; set: number[] }>();
  for (let round = 0; round < rounds; round++) {
    for (const create of embeddedCaches) {
      const cache = await create();
      await fill(cache);
      const measured = await measure(cache);
      const { get, set } = rates.get(cache.name) ?? { get: [], set: [] };
      get.push(measured.get.millionPerSecond);
      set.push(measured.set.millionPerSecond);
      rates.set(cache.name, { get, set });
      await cache.close();
    }
  }
  const own = must([...rates.values()][0]);
  printTable(
    `Million operations per second, awaited, one process: medians of ${rounds} rounds`,
    ['cache', 'get', 'set', 'CacheManager get is', 'set is'],
    [...rates].map(([name, { get, set }]) => [
      name,
      median(get).toFixed(2),
      median(set).toFixed(2),
      `${(median(own.get) / median(get)).toFixed(2)} x`,
      `${(median(own.set) / median(set)).toFixed(2)} x`,
    ]),
  );
}
