/**
 * data-node-server beside redis-server: the same load from redis-benchmark, each server pinned to the same core, the
 * load to another. Ends with code 1 when a promise is broken.
 *
 * `npx nx run benchmarks:resp -- --keys 100000 --value 3 --pipeline 16 --seconds 1` measures a selection (options.ts).
 */
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { printTable } from '../table.ts';
import { budgetFor, compare, type Figures, type Row } from './comparison.ts';
import { readOptions } from './options.ts';
import { judge } from './verdicts.ts';

const options = readOptions();
console.log(describeMachine());
if (short) console.log('Short form: correctness only, the speeds mean nothing.');

const rows: Row[] = [];
for (const workload of options.workloads) {
  const { keys, valueBytes } = workload;
  console.log(`\n${describe(workload)}, MAX_MEMORY=${budgetFor({ keys, valueBytes })}, every key present`);
  await compare(workload, options, (row) => {
    rows.push(row);
    const { command, pipeline, redis, ours } = row;
    console.log(
      `  ${command.toUpperCase()} pipeline ${String(pipeline).padEnd(2)}  ` +
        `${rate(redis)} -> ${rate(ours)} requests/s, ${ratio(row, 'requestsPerSecond')}; ` +
        `CPU ${redis.cpuMicroseconds.toFixed(2)} -> ${ours.cpuMicroseconds.toFixed(2)} us, ${ratio(row, 'cpuMicroseconds')}; ` +
        `p99.9 ${redis.p999.toFixed(3)} -> ${ours.p999.toFixed(3)} ms, ${ratio(row, 'p999')}`,
    );
  });
}

printTable(
  `Requests per second and CPU time per request, redis-server and ours: medians of ${options.rounds} rounds, taken in turns`,
  ['', 'redis/s', 'ours/s', 'ratio', 'redis CPU us', 'ours CPU us', 'ratio'],
  rows.map((row) => [
    describe(row),
    rate(row.redis),
    rate(row.ours),
    ratio(row, 'requestsPerSecond'),
    row.redis.cpuMicroseconds.toFixed(2),
    row.ours.cpuMicroseconds.toFixed(2),
    ratio(row, 'cpuMicroseconds'),
  ]),
);
if (rows.some(({ redis, ours }) => redis.limitedRounds + ours.limitedRounds > 0)) {
  console.log(
    '\n* limited by the load: in some rounds redis-benchmark had no time to spare, and the server had.',
  );
}
console.log('\nEvery GET found its key: keyspace_hits of INFO counted them all.');
printTable(
  'Latency in milliseconds, seen by 50 connections',
  ['', 'redis p50', 'ours p50', 'ratio', 'redis p99.9', 'ours p99.9', 'ratio'],
  rows.map((row) => [
    describe(row),
    row.redis.p50.toFixed(3),
    row.ours.p50.toFixed(3),
    ratio(row, 'p50'),
    row.redis.p999.toFixed(3),
    row.ours.p999.toFixed(3),
    ratio(row, 'p999'),
  ]),
);

if (!short) {
  const verdicts = rows.flatMap(judge);
  if (verdicts.length > 0) console.log('\nPromises');
  for (const { text, kept } of verdicts) console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${text}`);
  process.exitCode = verdicts.every(({ kept }) => kept) ? 0 : 1;
}

function describe({ keys, valueBytes, ...row }: { keys: number; valueBytes: number } | Row): string {
  const dataset = `${keys.toLocaleString('en')} keys x ${valueBytes.toLocaleString('en')} bytes`;
  return 'command' in row ? `${dataset}, ${row.command.toUpperCase()}, pipeline ${row.pipeline}` : dataset;
}

function rate({ requestsPerSecond, limitedRounds }: Figures): string {
  return Math.round(requestsPerSecond).toLocaleString('en') + (limitedRounds > 0 ? '*' : '');
}

function ratio({ redis, ours }: Row, field: keyof Figures): string {
  return (ours[field] / redis[field]).toFixed(2);
}
