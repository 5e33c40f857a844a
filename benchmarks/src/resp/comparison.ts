import { must } from '@distributed-cache/test-kit';
import { ourBuild, type App } from '../build.ts';
import { limitedByLoad } from '../process.ts';
import { budgetFor, RespServerProcess } from '../resp-server.ts';
import { median } from '../throughput.ts';
import type { Options, Workload } from './options.ts';
import type { Round } from './redis-benchmark.ts';
import { takeTurn, WARM_UP_REQUESTS, type Turn } from './turn.ts';

/** The medians of one server's rounds. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50: number;
  readonly p999: number;
  /** Rounds in which the load generator had no time to spare and the server had: they measure the former. */
  readonly limitedRounds: number;
}

/** One of our servers and redis-server under the same load. */
export interface Row extends Turn {
  readonly app: App;
  readonly redis: Figures;
  readonly ours: Figures;
}

/** Fills redis-server and ours, and measures each command at each pipeline, in turns. */
export async function compare(
  workload: Workload,
  options: Options,
  report: (row: Row) => void,
): Promise<void> {
  const servers: RespServerProcess[] = [];
  try {
    servers.push(await RespServerProcess.startRedis());
    for (const app of options.servers) {
      servers.push(await RespServerProcess.startOwn(ourBuild, app, budgetFor(app, workload)));
    }
    for (const server of servers) {
      await server.fill(workload);
      server.pause();
    }
    const { keys, valueBytes, pipelines } = workload;
    for (const pipeline of pipelines) {
      for (const command of options.commands) {
        const turn: Turn = { keys, valueBytes, pipeline, command };
        const [redis, ...ours] = await measureInTurns(servers, turn, options);
        options.servers.forEach((app, i) => {
          report({ ...turn, app, redis: must(redis), ours: must(ours[i]) });
        });
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Turn about, so that a slow phase of the machine hits all. */
async function measureInTurns(
  servers: readonly RespServerProcess[],
  turn: Turn,
  { rounds, seconds }: Options,
): Promise<Figures[]> {
  const contestants = servers.map((server) => ({
    server,
    requests: WARM_UP_REQUESTS,
    measured: [] as Round[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      const result = await takeTurn(contestant.server, turn, contestant.requests);
      contestant.requests = Math.ceil(result.requestsPerSecond * seconds);
      if (round > 0) contestant.measured.push(result);
    }
  }
  return contestants.map(({ measured }) => mediansOf(measured));
}

function mediansOf(rounds: readonly Round[]): Figures {
  const of = (field: keyof Round): number => median(rounds.map((round) => round[field]));
  return {
    requestsPerSecond: of('requestsPerSecond'),
    cpuMicroseconds: of('cpuMicroseconds'),
    p50: of('p50'),
    p999: of('p999'),
    limitedRounds: rounds.filter(limitedByLoad).length,
  };
}
