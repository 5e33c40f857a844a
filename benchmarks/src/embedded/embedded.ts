// Awaited get and set inside one process, 10,000 keys drawn by Zipf 0.99, 100-byte values.
import { SeededRandom, ZipfDistribution } from '@distributed-cache/test-kit';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { median } from '../throughput.ts';
import { printTable } from '../table.ts';
import { embeddedCaches, type EmbeddedCache } from './peers.ts';

const KEYS = 10_000;
const rounds = short ? 1 : 5;
const operations = short ? 10_000 : 500_000;

const random = new SeededRandom(42);
const zipf = new ZipfDistribution(KEYS, 0.99, random);
const keys = Array.from({ length: KEYS }, (_, rank) => `user:${rank}:profile`);
// Drawn beforehand, so that drawing is not measured.
const sequence = Array.from({ length: operations }, () => keys[zipf.next()]!);
const value = 'x'.repeat(100);

async function millionPerSecond(operation: (key: string) => unknown): Promise<number> {
  const start = performance.now();
  for (const key of sequence) await operation(key);
  return operations / (performance.now() - start) / 1000;
}

interface Rates {
  readonly get: number[];
  readonly set: number[];
}

async function fill(cache: EmbeddedCache): Promise<void> {
  for (const key of keys) await cache.set(key, value);
  const sample = await cache.get(keys[0]!);
  const found = typeof sample === 'string' ? sample : (sample as { value: Buffer } | undefined)?.value.toString();
  if (found !== value) throw new Error(`${cache.name} does not answer what was set`);
}

console.log(describeMachine());
const rates = new Map<string, Rates>();
for (let round = 0; round < rounds; round++) {
  for (const create of embeddedCaches) {
    const cache = await create();
    await fill(cache);
    const { get, set } = rates.get(cache.name) ?? { get: [], set: [] };
    set.push(await millionPerSecond((key) => cache.set(key, value)));
    get.push(await millionPerSecond((key) => cache.get(key)));
    rates.set(cache.name, { get, set });
    await cache.close();
  }
}

const [own] = rates.values();
printTable(
  `Million operations per second, awaited, one process: medians of ${rounds} rounds`,
  ['cache', 'get', 'set', 'CacheManager get is', 'set is'],
  [...rates].map(([name, { get, set }]) => [
    name,
    median(get).toFixed(2),
    median(set).toFixed(2),
    `${(median(own!.get) / median(get)).toFixed(2)} x`,
    `${(median(own!.set) / median(set)).toFixed(2)} x`,
  ]),
);
