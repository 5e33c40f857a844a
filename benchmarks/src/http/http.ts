/**
 * `GET /?key=` of the built cache manager beside a bare node:http handler and Nest on Fastify, each alone on one core.
 *
 * `npx nx run benchmarks:http -- --before FOLDER` compares with the build of another checkout.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { must } from '@distributed-cache/test-kit';
import { reportComparisons } from '../before/report.ts';
import { ourBuild } from '../build.ts';
import { COMMON_OPTIONS, orExplain, positiveNumbers, readBefore } from '../command-line.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { limitedByLoad, SERVER_CORE, spawnPinned, stop, waitForLine } from '../process.ts';
import { printTable } from '../table.ts';
import { median } from '../throughput.ts';
import type { LoadResult } from '../wrk.ts';
import { compareWithBefore } from './before.ts';
import { CONNECTIONS, expectValue, GET, measure, store, warmUp } from './requests.ts';

const seconds = short ? 1 : 8;
const ATTEMPTS = 5;

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const servers = {
  'cache-manager': ourBuild.main('cache-manager'),
  'node:http': path('./bare-server.js'),
  'Nest on Fastify': path('./fastify-server.js'),
};
type Name = keyof typeof servers;
const names = Object.keys(servers) as Name[];

const { before, rounds } = orExplain(() => {
  const { values } = parseArgs({ options: COMMON_OPTIONS });
  const [count] = positiveNumbers('rounds', values.rounds ?? (short ? '1' : '5'));
  return { before: readBefore(values), rounds: must(count) };
});
console.log(describeMachine());
if (before) {
  console.log(`The cache manager beside that built in ${before.build.folder}, in turns`);
  const costs = await compareWithBefore(before, (round) => {
    console.log(`  round ${round} of ${before.rounds}`);
  });
  reportComparisons(costs.comparisons(), before.rounds);
} else {
  await besidePeers();
}

async function besidePeers(): Promise<void> {
  const results = Object.fromEntries(names.map((name) => [name, [] as LoadResult[]])) as Record<
    Name,
    LoadResult[]
  >;
  for (let round = 0; round < rounds; round++) {
    // Turn about, so that a slow phase of the machine hits everyone.
    for (const name of names) results[name].push(await takeTurn(name));
  }
  const rate = (name: Name): number => median(results[name].map((result) => result.requestsPerSecond));
  printTable(
    `${GET.name}, ${CONNECTIONS} connections, each server alone on one core: medians of ${rounds} rounds`,
    ['server', 'requests/s', 'cache-manager is', 'CPU us per request', 'server CPU', 'wrk CPU'],
    names.map((name) => [
      name,
      Math.round(rate(name)).toLocaleString('en'),
      `${(rate('cache-manager') / rate(name)).toFixed(2)} x`,
      median(results[name].map(({ cpuMicroseconds }) => cpuMicroseconds)).toFixed(1),
      `${Math.round(median(results[name].map(({ serverCpu }) => serverCpu)) * 100)} %`,
      `${Math.round(median(results[name].map(({ loadCpu }) => loadCpu)) * 100)} %`,
    ]),
  );
}

/** One server's turn: started afresh, warmed up, measured, stopped. */
async function takeTurn(name: Name): Promise<LoadResult> {
  const server = spawnPinned(SERVER_CORE, [process.execPath, servers[name]], {
    HTTP_PORT: '0',
    RESP_PORT: 'off',
  });
  try {
    const [url] = await waitForLine(server, /http:\/\/127\.0\.0\.1:\d+/);
    if (name === 'cache-manager') await store(url);
    await expectValue(url);
    const target = { url, pid: must(server.pid) };
    await warmUp(target, GET);
    for (let attempt = 1; ; attempt++) {
      const result = await measure(target, GET, seconds);
      if (short || !limitedByLoad(result)) return result;
      if (attempt === ATTEMPTS) throw new Error(`${name}: wrk was the bottleneck in ${ATTEMPTS} rounds`);
      console.log(`${name}: round invalid, wrk used ${Math.round(result.loadCpu * 100)} % of its core`);
    }
  } finally {
    await stop(server);
  }
}
