/**
 * What an entry costs, beside redis-server and memcached, and how the store behaves up to many millions of entries.
 * Ends with code 1 when a promise is broken.
 */
import { must } from '@distributed-cache/test-kit';
import type { Dataset } from '../fill.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { printTable } from '../table.ts';
import { bytesPerEntry } from './bytes-per-entry.ts';
import { longRun } from './long-run.ts';
import { residentAtFullBudget } from './resident.ts';

const MEBIBYTE = 2 ** 20;
const VALUE_BYTES = 100;
const dataset: Dataset = { keys: short ? 10_000 : 1_000_000, valueBytes: VALUE_BYTES };
const MANY = short ? 50_000 : 10_000_000;
const MANY_MAX_BYTES = short ? 64 * MEBIBYTE : 2048 * MEBIBYTE;
/** A store does the same in each; what one round took longer was the machine's doing. */
const ROUNDS = short ? 1 : 2;
const BUDGET = short ? 16 * MEBIBYTE : 1024 * MEBIBYTE;
/** More than fit into that budget. */
const overfull: Dataset = { keys: short ? 200_000 : 10_000_000, valueBytes: VALUE_BYTES };

const MOST_BYTES_PER_ENTRY = 165;
const MOST_HEAP_GROWTH = 64 * MEBIBYTE;
const LONGEST_OPERATION = 5;
/** A process takes this part of its budget more than the budget, */
const MOST_OVERHEAD = 0.15;
/** and what Node.js itself, its code and the sockets' buffers need. */
const FIXED_BASE = 96 * MEBIBYTE;

const mebibytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(1);
const count = (number: number): string => number.toLocaleString('en');

console.log(describeMachine());
if (short) console.log('Short form: correctness only, the figures mean nothing.');

const costs = await bytesPerEntry(dataset);
const ours = must(costs[0]);
printTable(
  `Bytes per entry of 16 + ${VALUE_BYTES} bytes, ${count(dataset.keys)} entries`,
  ['', 'own account', 'ours is', 'resident', 'ours is'],
  costs.map(({ name, accounted, resident }) => [
    name,
    accounted.toFixed(1),
    `${(ours.accounted / accounted).toFixed(2)} x`,
    resident?.toFixed(1) ?? '',
    resident === undefined ? '' : `${(must(ours.resident) / resident).toFixed(2)} x`,
  ]),
);

const runs = [];
for (let round = 0; round < ROUNDS; round++) runs.push(await longRun(MANY, VALUE_BYTES, MANY_MAX_BYTES));
printTable(
  `The store with ${count(MANY)} entries, milliseconds`,
  ['', 'longest operation', 'by the clock', 'loop delay p50', 'p99.9', 'max'],
  runs.flatMap(({ phases }, round) =>
    phases.map(({ name, longest, longestByClock, delay }) => [
      `${name}, round ${round + 1}`,
      longest.toFixed(2),
      longestByClock.toFixed(2),
      ...[delay.p50, delay.p999, delay.max].map((each) => each.toFixed(2)),
    ]),
  ),
);
const heapGrowth = Math.max(...runs.map((run) => run.heapAfter - run.heapBefore));
const { heapBefore, heapAfter } = must(runs[0]);
console.log(
  `\nJavaScript heap: ${mebibytes(heapBefore)} MiB before, ${mebibytes(heapAfter)} MiB with all entries`,
);

const resident = await residentAtFullBudget(overfull, `${BUDGET / MEBIBYTE}mb`);
const allowed = BUDGET * (1 + MOST_OVERHEAD) + FIXED_BASE;
console.log(
  `data-node-server with MAX_MEMORY=${BUDGET / MEBIBYTE}mb: ${mebibytes(resident.idle)} MiB resident when idle, ` +
    `${mebibytes(resident.full)} MiB after ${count(overfull.keys)} sets and ${count(resident.evictions)} evictions`,
);

const longest = Math.min(...runs.map(({ phases }) => Math.max(...phases.map((phase) => phase.longest))));
const perEntry = Math.max(ours.accounted, ...runs.map(({ bytesPerEntry }) => bytesPerEntry));
const promises = [
  {
    text: `${perEntry.toFixed(1)} bytes per entry of 16 + ${VALUE_BYTES} bytes; at most ${MOST_BYTES_PER_ENTRY} are promised`,
    kept: short || perEntry <= MOST_BYTES_PER_ENTRY,
  },
  {
    text: `the JavaScript heap grew by ${mebibytes(heapGrowth)} MiB; less than ${mebibytes(MOST_HEAP_GROWTH)} are promised`,
    kept: heapGrowth < MOST_HEAP_GROWTH,
  },
  {
    text: `the longest store operation took ${longest.toFixed(2)} ms; at most ${LONGEST_OPERATION} are promised`,
    kept: short || longest <= LONGEST_OPERATION,
  },
  {
    text: `${mebibytes(resident.full)} MiB resident; at most the budget, ${MOST_OVERHEAD * 100} % and ${mebibytes(FIXED_BASE)} MiB, so ${mebibytes(allowed)} MiB, are promised`,
    kept: resident.evictions > 0 && resident.full <= allowed,
  },
];
console.log('\nPromises');
for (const { text, kept } of promises) console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${text}`);
process.exitCode = promises.every(({ kept }) => kept) ? 0 : 1;
