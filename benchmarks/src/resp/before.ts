import { must } from '@distributed-cache/test-kit';
import { CONTENDERS, orderOf, PairedCosts, type Contender } from '../before/paired-costs.ts';
import { ourBuild, type App, type Build } from '../build.ts';
import type { Before } from '../command-line.ts';
import { budgetFor, RespServerProcess } from '../resp-server.ts';
import type { Options, Workload } from './options.ts';
import { takeTurn, WARM_UP_REQUESTS, type Turn } from './turn.ts';

/** What each round measures: every row of one server over one dataset. */
interface Series {
  readonly app: App;
  readonly workload: Workload;
  readonly turns: readonly Turn[];
  /** As many for each contender, by turn: what the first one did in the wanted time. */
  readonly requests: Map<Turn, number>;
}

/**
 * Measures our servers beside those of another build. Each round has processes of its own: how the compiler and the
 * allocator happened to do in one is part of chance.
 */
export async function compareWithBefore(
  before: Before,
  options: Options,
  onRound: (app: App, round: number) => void,
): Promise<PairedCosts> {
  const costs = new PairedCosts();
  const builds = { before: before.build, now: ourBuild, 'before again': before.build };
  for (const app of options.servers) {
    for (const workload of options.workloads) {
      const series: Series = { app, workload, turns: turnsOf(workload, options), requests: new Map() };
      for (let round = 0; round < options.rounds; round++) {
        onRound(app, round + 1);
        await playRound(builds, series, round, options.seconds, costs);
      }
    }
  }
  return costs;
}

async function playRound(
  builds: Record<Contender, Build>,
  { app, workload, turns, requests }: Series,
  round: number,
  seconds: number,
  costs: PairedCosts,
): Promise<void> {
  const servers = new Map<Contender, RespServerProcess>();
  try {
    for (const contender of orderOf(round)) {
      const server = await RespServerProcess.startOwn(builds[contender], app, budgetFor(app, workload));
      servers.set(contender, server);
      await server.fill(workload);
      server.pause();
    }
    for (const [place, turn] of turns.entries()) {
      const measured = Object.fromEntries(CONTENDERS.map((name) => [name, NaN])) as Record<Contender, number>;
      for (const contender of orderOf(round + place)) {
        const server = must(servers.get(contender));
        const warmUp = await takeTurn(server, turn, WARM_UP_REQUESTS);
        const count = requests.get(turn) ?? Math.ceil(warmUp.requestsPerSecond * seconds);
        requests.set(turn, count);
        measured[contender] = (await takeTurn(server, turn, count)).cpuMicroseconds;
      }
      costs.add(`${app}, ${describeTurn(turn)}`, measured);
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

function turnsOf({ keys, valueBytes, pipelines }: Workload, { commands }: Options): Turn[] {
  return pipelines.flatMap((pipeline) =>
    commands.map((command) => ({ keys, valueBytes, pipeline, command })),
  );
}

function describeTurn({ keys, valueBytes, pipeline, command }: Turn): string {
  return `${keys.toLocaleString('en')} x ${valueBytes.toLocaleString('en')} bytes, ${command.toUpperCase()}, pipeline ${pipeline}`;
}
