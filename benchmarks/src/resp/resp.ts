/**
 * data-node-server, and the cache manager's port with its three data nodes, beside redis-server: the same load from
 * redis-benchmark, each server pinned to the same core, the load to another. Ends with code 1 when a promise is broken.
 *
 * `npx nx run benchmarks:resp -- --keys 100000 --value 3 --pipeline 16 --seconds 1` measures a selection (options.ts);
 * `npx nx run benchmarks:resp -- --before FOLDER` compares with the build of another checkout.
 */
import { reportComparisons } from '../before/report.ts';
import { orExplain } from '../command-line.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { budgetFor } from '../resp-server.ts';
import { printTable } from '../table.ts';
import { compareWithBefore } from './before.ts';
import { compare, type Figures, type Row } from './comparison.ts';
import { readOptions, type Options } from './options.ts';
import { judge } from './verdicts.ts';

const options = orExplain(() => readOptions());
console.log(describeMachine());
if (short) console.log('Short form: correctness only, the speeds mean nothing.');
if (options.before) {
  const { build, rounds } = options.before;
  console.log(`Our servers beside those built in ${build.folder}, in turns`);
  const costs = await compareWithBefore(options.before, options, (app, round) => {
    console.log(`  ${app}, round ${round} of ${rounds}`);
  });
  reportComparisons(costs.comparisons(), rounds);
} else {
  await besideRedis(options);
}

async function besideRedis(options: Options): Promise<void> {
  const { workloads, servers, rounds } = options;
  const rows: Row[] = [];
  for (const workload of workloads) {
    const budgets = servers.map((app) => `${app} with MAX_MEMORY=${budgetFor(app, workload)}`);
    console.log(`\n${describe(workload)}, every key present; ${budgets.join(', ')}`);
    await compare(workload, options, (row) => {
      rows.push(row);
      console.log(progress(row));
    });
  }
  for (const app of servers) {
    printTable(
      `redis-server and ${app}: medians of ${rounds} rounds, taken in turns; CPU in microseconds per request, p99.9 in milliseconds`,
      [
        ...[
          'keys',
          'bytes',
          'pipeline',
          'command',
          'redis/s',
          'ours/s',
          'ratio',
          'redis CPU',
          'ours CPU',
          'by CPU',
        ],
        ...['p50 ratio', 'redis p99.9', 'ours p99.9'],
      ],
      rows.filter((row) => row.app === app).map(cells),
    );
  }
  if (rows.some(({ redis, ours }) => redis.limitedRounds + ours.limitedRounds > 0)) {
    console.log(
      '\n* limited by the load: in some rounds redis-benchmark had no time to spare, and the server had. ' +
        'There "by CPU", the ratio of processor times, tells about the servers.',
    );
  }
  console.log('\nEvery GET found its key: keyspace_hits of INFO counted them all.');
  if (short) return;
  const verdicts = rows.flatMap(judge);
  if (verdicts.length > 0) console.log('\nPromises');
  for (const { text, kept } of verdicts) console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${text}`);
  process.exitCode = verdicts.every(({ kept }) => kept) ? 0 : 1;
}

function cells(row: Row): string[] {
  const { keys, valueBytes, pipeline, command, redis, ours } = row;
  return [
    ...[keys.toLocaleString('en'), valueBytes.toLocaleString('en'), String(pipeline), command.toUpperCase()],
    ...[rate(redis), rate(ours), speed(row)],
    ...[redis.cpuMicroseconds.toFixed(2), ours.cpuMicroseconds.toFixed(2), speedByCpu(row)],
    ...[(ours.p50 / redis.p50).toFixed(2), redis.p999.toFixed(3), ours.p999.toFixed(3)],
  ];
}

function progress(row: Row): string {
  const { app, command, pipeline, redis, ours } = row;
  return (
    `  ${app} ${command.toUpperCase()} pipeline ${String(pipeline).padEnd(2)}  ` +
    `${rate(redis)} -> ${rate(ours)} requests/s, ${speed(row)}, by CPU ${speedByCpu(row)}; ` +
    `p99.9 ${redis.p999.toFixed(3)} -> ${ours.p999.toFixed(3)} ms`
  );
}

function describe({ keys, valueBytes }: { keys: number; valueBytes: number }): string {
  return `${keys.toLocaleString('en')} keys x ${valueBytes.toLocaleString('en')} bytes`;
}

function rate({ requestsPerSecond, limitedRounds }: Figures): string {
  return Math.round(requestsPerSecond).toLocaleString('en') + (limitedRounds > 0 ? '*' : '');
}

/** Both of redis-server's speed: as the load generator saw it, and as their use of the processor says. */
function speed({ redis, ours }: Row): string {
  return (ours.requestsPerSecond / redis.requestsPerSecond).toFixed(2);
}

function speedByCpu({ redis, ours }: Row): string {
  return (redis.cpuMicroseconds / ours.cpuMicroseconds).toFixed(2);
}
