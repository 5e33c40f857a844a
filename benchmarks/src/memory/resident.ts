import { ourBuild } from '../build.ts';
import type { Dataset } from '../fill.ts';
import { fill } from '../fill.ts';
import { residentBytes } from '../process.ts';
import { RespServerProcess } from '../resp-server.ts';

export interface Resident {
  /** Of the process: before the first entry, and when its budget is full. */
  readonly idle: number;
  readonly full: number;
  readonly evictions: number;
}

/** The resident memory of data-node-server that is given more than fits into its budget. */
export async function residentAtFullBudget(dataset: Dataset, maxMemory: string): Promise<Resident> {
  const server = await RespServerProcess.startOwn(ourBuild, 'data-node-server', maxMemory);
  try {
    const idle = residentBytes(server.pid);
    await fill(server.port, dataset);
    return { idle, full: residentBytes(server.pid), evictions: (await server.info('stats'))('evicted_keys') };
  } finally {
    await server.stop();
  }
}
