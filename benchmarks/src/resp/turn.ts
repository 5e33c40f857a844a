import type { Dataset } from '../fill.ts';
import { short } from '../mode.ts';
import type { RespServerProcess } from '../resp-server.ts';
import type { CommandName } from './options.ts';
import { drive, type Round } from './redis-benchmark.ts';

/** What servers are driven with, one after the other. */
export interface Turn extends Dataset {
  readonly command: CommandName;
  readonly pipeline: number;
}

/** Requests of the first round, which warms up and tells how many the others need. */
export const WARM_UP_REQUESTS = short ? 1000 : 100_000;

/** One round of one server, during which the others stand still. Every GET has to find its key. */
export async function takeTurn(server: RespServerProcess, turn: Turn, requests: number): Promise<Round> {
  server.resume();
  try {
    const before = await server.info('stats');
    const round = await drive({ ...turn, requests, port: server.port, pid: server.pid });
    const after = await server.info('stats');
    const count = (field: string): number => after(field) - before(field);
    if (turn.command === 'get' && (count('keyspace_misses') > 0 || count('keyspace_hits') < requests)) {
      throw new Error(`${server.name} found ${count('keyspace_hits')} of ${requests} keys`);
    }
    await server.expectKeys(turn.keys);
    return round;
  } finally {
    server.pause();
  }
}
