// Ten million sets with fresh keys over HTTP against a small budget: the process's memory has to stay flat.
import { fileURLToPath } from 'node:url';
import { must } from '@distributed-cache/test-kit';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { residentBytes, SERVER_CORE, spawnPinned, stop, waitForLine } from '../process.ts';
import { printTable } from '../table.ts';
import { load } from '../wrk.ts';

const SETS = short ? 20_000 : 10_000_000;
const VALUE_BYTES = 100;
const MAX_MEMORY = '64mb';
const seconds = short ? 1 : 20;
/** Apart by more than one run can set, so that no key comes twice. */
const KEYS_APART = 100_000_000;
/** How much resident memory may grow from when the budget is full, which the first evictions show, to the end. */
const ALLOWED_GROWTH = 0.1;

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

interface NodeReport {
  readonly statistics: { readonly entries: number; readonly bytes: number; readonly evictions: number };
}

console.log(describeMachine());
const server = spawnPinned(
  SERVER_CORE,
  [process.execPath, path('../../../dist/apps/cache-manager/main.js')],
  { HTTP_PORT: '0', RESP_PORT: 'off', MAX_MEMORY },
);
try {
  const [url] = await waitForLine(server, /http:\/\/127\.0\.0\.1:\d+/);
  const rows: string[][] = [];
  let residentWhenFull = NaN;
  let sets = 0;

  const report = async (): Promise<number> => {
    const nodes = (await (await fetch(`${url}/nodes`)).json()) as NodeReport[];
    const sum = (field: keyof NodeReport['statistics']): number =>
      nodes.reduce((total, { statistics }) => total + statistics[field], 0);
    const resident = residentBytes(must(server.pid));
    if (Number.isNaN(residentWhenFull) && sum('evictions') > 0) residentWhenFull = resident;
    rows.push([
      sets.toLocaleString('en'),
      mebibytes(resident),
      mebibytes(sum('bytes')),
      sum('entries').toLocaleString('en'),
      sum('evictions').toLocaleString('en'),
    ]);
    return resident;
  };

  let resident = await report();
  for (let run = 0; sets < SETS; run++) {
    const result = await load({
      url,
      seconds,
      connections: 64,
      serverPid: must(server.pid),
      script: [path('../../src/memory/fresh-keys.lua'), String(VALUE_BYTES), String(run * KEYS_APART)],
    });
    if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
    sets += Math.round(result.requestsPerSecond * seconds);
    resident = await report();
  }
  printTable(
    `Fresh keys against MAX_MEMORY=${MAX_MEMORY} and 3 data nodes`,
    ['sets', 'resident MiB', 'nodes say MiB', 'entries', 'evictions'],
    rows,
  );

  if (!short) {
    const growth = resident / residentWhenFull - 1;
    console.log(`Resident memory since the budget was full: ${(growth * 100).toFixed(1)} %`);
    if (!(growth <= ALLOWED_GROWTH)) process.exitCode = 1;
  }
} finally {
  await stop(server);
}
