import { must, SeededRandom, ZipfSampler } from '@distributed-cache/test-kit';
import { short } from '../mode.ts';
import { processorMilliseconds } from '../throughput.ts';
import type { EmbeddedCache } from './embedded-cache.ts';

const KEYS = 10_000;
const operations = short ? 10_000 : 500_000;

const zipf = new ZipfSampler(KEYS, 0.99, new SeededRandom(42));
const keys = Array.from({ length: KEYS }, (_, rank) => `user:${rank}:profile`);
// Drawn beforehand, so that drawing is not measured.
const sequence = Array.from({ length: operations }, () => must(keys[zipf.next()]));
const value = 'x'.repeat(100);

/** Of one kind of operation. */
export interface Speed {
  readonly millionPerSecond: number;
  /** Microseconds of processor time of one, garbage collections and the compiler's work included. */
  readonly cpuMicroseconds: number;
}

/** Stores every key, and makes sure that a value comes back. */
export async function fill(cache: EmbeddedCache): Promise<void> {
  for (const key of keys) await cache.set(key, value);
  const sample = await cache.get(must(keys[0]));
  const found =
    typeof sample === 'string' ? sample : (sample as { value: Buffer } | undefined)?.value.toString();
  if (found !== value) throw new Error(`${cache.name} does not answer what was set`);
}

/** Sets keys, one awaited after the other, then gets them. */
export async function measure(cache: EmbeddedCache): Promise<{ get: Speed; set: Speed }> {
  const set = await run((key) => cache.set(key, value));
  const get = await run((key) => cache.get(key));
  return { get, set };
}

async function run(operation: (key: string) => unknown): Promise<Speed> {
  const start = performance.now();
  const cpuStart = processorMilliseconds();
  for (const key of sequence) await operation(key);
  return {
    millionPerSecond: operations / (performance.now() - start) / 1000,
    cpuMicroseconds: ((processorMilliseconds() - cpuStart) * 1000) / operations,
  };
}
