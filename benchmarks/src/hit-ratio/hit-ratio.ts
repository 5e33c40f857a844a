// Hit ratios of the store under both eviction policies, for generated workloads and, with TRACE_DIR, for recorded
// ones. Ends with code 1 when lru is not exact, when adaptive falls behind lru on a generated workload, or when it is more
// than half a point below the best of the others on a recorded one.
import { short } from '../mode.ts';
import { printTable } from '../table.ts';
import { lruCacheHitRatio, storeHitRatio } from './caches.ts';
import { readTraces, required, type Trace } from './traces.ts';
import { generatedWorkloads, type Workload } from './workloads.ts';

/** Seeds of the store's hash, which chooses the keys that the adaptive policy samples. */
const SEEDS = short ? [1] : [1, 2, 3];
const REQUESTS = short ? 40_000 : 1_000_000;
/** Points by which adaptive may be below lru anywhere. */
const TOLERANCE = 0.5;

const percent = (ratio: number): string => ratio.toFixed(2);
const failures: string[] = [];

function compareGenerated({ name, keys, capacities }: Workload): string[][] {
  return capacities.map((capacity) => {
    const lru = storeHitRatio(keys, capacity, 'lru', 1);
    const peer = lruCacheHitRatio(keys, capacity);
    const adaptive = worstOfSeeds(keys, capacity);
    const what = `${name}, ${capacity} entries`;
    if (lru !== peer) failures.push(`${what}: lru hits ${percent(lru)} %, but exact LRU ${percent(peer)} %`);
    if (!short && adaptive < lru - TOLERANCE) failures.push(`${what}: adaptive is worse than lru`);
    return [name, String(capacity), percent(peer), percent(lru), percent(adaptive), percent(adaptive - lru)];
  });
}

function compareTrace({ name, keys, rows }: Trace): string[][] {
  return rows.map((row) => {
    const lru = storeHitRatio(keys, row.capacity, 'lru', 1);
    const adaptive = worstOfSeeds(keys, row.capacity);
    const holds = adaptive >= required(row);
    if (!holds)
      failures.push(`${name}, ${row.capacity} entries: adaptive is below ${percent(required(row))} %`);
    const { capacity, optimal, sieve, s3Fifo, tinyLfu1, tinyLfu20 } = row;
    const reference = [optimal, row.lru, sieve, s3Fifo, tinyLfu1, tinyLfu20, required(row)];
    const own = [percent(lru), percent(adaptive), holds ? 'yes' : 'NO'];
    return [name, String(capacity), ...reference.map(percent), ...own];
  });
}

/** Which keys are sampled is a matter of luck: the requirement must hold without it. */
function worstOfSeeds(keys: Int32Array, capacity: number): number {
  return Math.min(...SEEDS.map((seed) => storeHitRatio(keys, capacity, 'adaptive', seed)));
}

printTable(
  `Hit ratio in percent, ${REQUESTS.toLocaleString('en')} requests; adaptive: the worst of ${SEEDS.length} seeds`,
  ['generated workload', 'entries', 'lru-cache', 'lru', 'adaptive', 'adaptive - lru'],
  generatedWorkloads(REQUESTS).flatMap(compareGenerated),
);

const folder = process.env['TRACE_DIR'];
if (folder === undefined) {
  console.log('\nTRACE_DIR is not set: no recorded traces.');
} else {
  printTable(
    'Hit ratio in percent, recorded traces; reference columns: plain implementations of other policies',
    [
      ...['trace', 'entries', 'optimal', 'LRU', 'SIEVE', 'S3-FIFO', 'W-TinyLFU 1 %', '20 %', 'best - 0.5'],
      ...['lru', 'adaptive', 'holds'],
    ],
    readTraces(folder).flatMap(compareTrace),
  );
}

for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;
