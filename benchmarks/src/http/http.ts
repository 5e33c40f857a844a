// GET /?key= of the built cache manager beside a bare node:http handler and Nest on Fastify, each alone on one core.
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { limitedByLoad, SERVER_CORE, spawnPinned, stop, waitForLine } from '../process.ts';
import { median } from '../throughput.ts';
import { printTable } from '../table.ts';
import { load, type LoadResult } from '../wrk.ts';

const CONNECTIONS = 64;
const rounds = short ? 1 : 5;
const seconds = short ? 1 : 8;
const ATTEMPTS = 5;

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const servers = {
  'cache-manager': path('../../../dist/apps/cache-manager/main.js'),
  'node:http': path('./bare-server.js'),
  'Nest on Fastify': path('./fastify-server.js'),
};
type Name = keyof typeof servers;
const names = Object.keys(servers) as Name[];

/** One server's turn: started afresh, warmed up, measured, stopped. */
async function measure(name: Name): Promise<LoadResult> {
  const server = spawnPinned(SERVER_CORE, [process.execPath, servers[name]], {
    HTTP_PORT: '0',
    RESP_PORT: 'off',
  });
  try {
    const [url] = await waitForLine(server, /http:\/\/127\.0\.0\.1:\d+/);
    const target = `${url}/?key=123456`;
    if (name === 'cache-manager') {
      const response = await fetch(`${target}&value=hello`, { method: 'POST' });
      if (!response.ok) throw new Error(`${name} answered POST with ${response.status}`);
    }
    const answer = (await (await fetch(target)).json()) as { value?: string };
    if (answer.value !== 'hello') throw new Error(`${name} does not answer the value`);

    const options = { url: target, connections: CONNECTIONS, serverPid: server.pid! };
    await load({ ...options, seconds: short ? 1 : 3 });
    for (let attempt = 1; ; attempt++) {
      const result = await load({ ...options, seconds });
      if (result.failures > 0) throw new Error(`${name}: ${result.failures} requests failed`);
      if (short || !limitedByLoad(result)) return result;
      if (attempt === ATTEMPTS) throw new Error(`${name}: wrk was the bottleneck in ${ATTEMPTS} rounds`);
      console.log(`${name}: round invalid, wrk used ${Math.round(result.loadCpu * 100)} % of its core`);
    }
  } finally {
    await stop(server);
  }
}

console.log(describeMachine());
const results = Object.fromEntries(names.map((name) => [name, [] as LoadResult[]])) as Record<
  Name,
  LoadResult[]
>;
for (let round = 0; round < rounds; round++) {
  // Turn about, so that a slow phase of the machine hits everyone.
  for (const name of names) results[name].push(await measure(name));
}

const rate = (name: Name): number => median(results[name].map((result) => result.requestsPerSecond));
printTable(
  `GET /?key=, ${CONNECTIONS} connections, each server alone on one core: medians of ${rounds} rounds`,
  ['server', 'requests/s', 'cache-manager is', 'server CPU', 'wrk CPU'],
  names.map((name) => [
    name,
    Math.round(rate(name)).toLocaleString('en'),
    `${(rate('cache-manager') / rate(name)).toFixed(2)} x`,
    `${Math.round(median(results[name].map(({ serverCpu }) => serverCpu)) * 100)} %`,
    `${Math.round(median(results[name].map(({ loadCpu }) => loadCpu)) * 100)} %`,
  ]),
);
