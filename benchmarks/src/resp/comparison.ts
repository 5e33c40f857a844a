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
        ours.forEach((figures, i) => {
          report({ ...turn, app: options.servers[i]!, redis: redis!, ours: figures });
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
  const measured: Round[][] = servers.map(() => []);
  const requests = servers.map((): number => WARM_UP_REQUESTS);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, server] of servers.entries()) {
      const result = await takeTurn(server, turn, requests[i]!);
      requests[i] = Math.ceil(result.requestsPerSecond * seconds);
      if (round > 0) measured[i]!.push(result);
    }
  }
  return measured.map(mediansOf);
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
