import { OffHeapStore } from '@distributed-cache/store';
import type { Dataset } from '../fill.ts';
import { ourBuild } from '../build.ts';
import { residentBytes } from '../process.ts';
import { RespServerProcess } from '../resp-server.ts';
import { MemcachedProcess } from './memcached.ts';
import { StoreDriver } from './store-driver.ts';

/** What one entry takes, in bytes. */
export interface EntryCost {
  readonly name: string;
  /** By the program's own account: what counts against its limit of memory. */
  readonly accounted: number;
  /** By which the resident memory of the process grew. */
  readonly resident: number | undefined;
}

interface Server {
  readonly pid: number;
  fill(dataset: Dataset): Promise<void>;
  stop(): Promise<void>;
}

/** Each server in a process of its own, filled with the same entries, and the store alone in this one. */
export async function bytesPerEntry(dataset: Dataset): Promise<EntryCost[]> {
  const usedMemory = async (server: RespServerProcess): Promise<number> =>
    (await server.info('memory'))('used_memory');
  return [
    await measure(
      'data-node-server',
      () => RespServerProcess.startOwn(ourBuild, 'data-node-server', '256mb'),
      usedMemory,
      dataset,
    ),
    measureStore(dataset),
    await measure('redis-server', () => RespServerProcess.startRedis(), usedMemory, dataset),
    await measure(
      'memcached',
      () => MemcachedProcess.start(),
      (server) => server.bytes(),
      dataset,
    ),
  ];
}

async function measure<S extends Server>(
  name: string,
  start: () => Promise<S>,
  account: (server: S) => Promise<number>,
  dataset: Dataset,
): Promise<EntryCost> {
  const server = await start();
  try {
    const before = { accounted: await account(server), resident: residentBytes(server.pid) };
    await server.fill(dataset);
    const each = (after: number, from: number): number => (after - from) / dataset.keys;
    return {
      name,
      accounted: each(await account(server), before.accounted),
      resident: each(residentBytes(server.pid), before.resident),
    };
  } finally {
    await server.stop();
  }
}

function measureStore({ keys, valueBytes }: Dataset): EntryCost {
  const store = new OffHeapStore({ maxBytes: 2 ** 28 });
  const before = store.bytes;
  const driver = new StoreDriver(store, valueBytes);
  for (let i = 0; i < keys; i++) driver.put(i);
  return { name: 'OffHeapStore', accounted: (store.bytes - before) / keys, resident: undefined };
}
