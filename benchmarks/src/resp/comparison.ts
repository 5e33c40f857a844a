import type { Dataset } from '../fill.ts';
import { short } from '../mode.ts';
import { limitedByLoad } from '../process.ts';
import { median } from '../throughput.ts';
import type { CommandName, Options, Workload } from './options.ts';
import { drive, type Round } from './redis-benchmark.ts';
import { RespServerProcess } from '../resp-server.ts';

/** The medians of one server's rounds. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50: number;
  readonly p999: number;
  /** Rounds in which the load generator had no time to spare and the server had: they measure the former. */
  readonly limitedRounds: number;
}

/** Both servers under the same load. */
export interface Row extends Dataset {
  readonly command: CommandName;
  readonly pipeline: number;
  readonly redis: Figures;
  readonly ours: Figures;
}

const MEBIBYTE = 2 ** 20;
const DEFAULT_MEMORY = 256 * MEBIBYTE;
/** Generous: what an entry takes beside its value, and what the allocator may leave unused. */
const ENTRY_OVERHEAD = 120;
const SLACK = 1.3;

/** Requests of the first round, which warms up and tells how many the others need. */
const WARM_UP_REQUESTS = short ? 1000 : 100_000;

/** A budget that holds every entry: the default where that is enough. */
export function budgetFor({ keys, valueBytes }: Dataset): string {
  const needed = keys * (valueBytes * SLACK + ENTRY_OVERHEAD);
  return `${Math.ceil(Math.max(DEFAULT_MEMORY, needed) / MEBIBYTE)}mb`;
}

/** Fills both servers, and measures each command at each pipeline, in turns. */
export async function compare(
  workload: Workload,
  options: Options,
  report: (row: Row) => void,
): Promise<void> {
  const servers: RespServerProcess[] = [];
  try {
    servers.push(await RespServerProcess.startRedis());
    servers.push(await RespServerProcess.startDataNode(budgetFor(workload)));
    for (const server of servers) {
      await server.fill(workload);
      server.pause();
    }
    const [redis, ours] = servers as [RespServerProcess, RespServerProcess];
    for (const pipeline of workload.pipelines) {
      for (const command of options.commands) {
        const { keys, valueBytes } = workload;
        const turn = { keys, valueBytes, pipeline, command };
        const redisRounds: Round[] = [];
        const ourRounds: Round[] = [];
        let requests = { redis: WARM_UP_REQUESTS, ours: WARM_UP_REQUESTS };
        for (let round = 0; round <= options.rounds; round++) {
          // Turn about, so that a slow phase of the machine hits both.
          const theirs = await measure(redis, { ...turn, requests: requests.redis });
          const mine = await measure(ours, { ...turn, requests: requests.ours });
          requests = {
            redis: Math.ceil(theirs.requestsPerSecond * options.seconds),
            ours: Math.ceil(mine.requestsPerSecond * options.seconds),
          };
          if (round === 0) continue;
          redisRounds.push(theirs);
          ourRounds.push(mine);
        }
        report({ ...turn, redis: mediansOf(redisRounds), ours: mediansOf(ourRounds) });
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** One round of one server, during which the other one stands still. Every GET has to find its key. */
async function measure(
  server: RespServerProcess,
  turn: Dataset & { command: CommandName; pipeline: number; requests: number },
): Promise<Round> {
  server.resume();
  try {
    const before = await server.info('stats');
    const round = await drive({ ...turn, port: server.port, pid: server.pid });
    const after = await server.info('stats');
    const count = (field: string): number => after(field) - before(field);
    if (turn.command === 'get' && (count('keyspace_misses') > 0 || count('keyspace_hits') < turn.requests)) {
      throw new Error(`${server.name} found ${count('keyspace_hits')} of ${turn.requests} keys`);
    }
    await server.expectKeys(turn.keys);
    return round;
  } finally {
    server.pause();
  }
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
