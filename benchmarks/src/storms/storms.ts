// What a server of 64 MiB holds in memory after storms: that has to come back, whatever the storm.
import { setTimeout as pause } from 'node:timers/promises';
import { ourBuild } from '../build.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { residentBytes } from '../process.ts';
import { RespServerProcess } from '../resp-server.ts';
import { printTable } from '../table.ts';
import { STORMS, type Storm } from './kinds.ts';

const MEBIBYTE = 2 ** 20;
const BUDGET = 64;
/** What is promised, in MiB. */
const BOUND = BUDGET * 1.15 + 96;
/** After so long, in milliseconds. */
const CALM = 60_000;
/** The short form is done as soon as memory is below the bound, and looks this often. */
const INTERVAL = 250;
const SAMPLING = 20;

interface Outcome {
  readonly storm: string;
  /** MiB. */
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

/** All of them against one server, then each against its own: what holds memory in one may be given back by another. */
async function measure(name: string, storms: readonly Storm[]): Promise<Outcome> {
  const server = await RespServerProcess.startOwn(ourBuild, 'data-node-server', `${BUDGET}mb`);
  const resident = (): number => residentBytes(server.pid) / MEBIBYTE;
  const before = resident();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, resident());
  }, SAMPLING);
  try {
    for (const storm of storms) await storm.run(server.port);
    const deadline = performance.now() + CALM;
    while (performance.now() < deadline && !(short && resident() <= BOUND)) await pause(INTERVAL);
    return { storm: name, before, peak, after: resident() };
  } finally {
    clearInterval(sampling);
    await server.stop();
  }
}

console.log(describeMachine());
const outcomes = [await measure('all, one after the other', STORMS)];
for (const storm of STORMS) outcomes.push(await measure(storm.name, [storm]));

const mebibytes = (value: number): string => value.toFixed(0);
printTable(
  `Resident MiB of data-node-server with MAX_MEMORY=${BUDGET}mb, ${short ? 'soon' : '60 s'} after storms`,
  ['storm', 'before', 'peak', 'after', 'at most', ''],
  outcomes.map(({ storm, before, peak, after }) => [
    storm,
    ...[before, peak, after, BOUND].map(mebibytes),
    after <= BOUND ? 'kept' : 'BROKEN',
  ]),
);
if (outcomes.some(({ after }) => after > BOUND)) process.exitCode = 1;
