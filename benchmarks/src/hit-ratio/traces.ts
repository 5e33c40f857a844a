import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Hit ratios in percent that plain implementations of other policies reached, as the traces' README gives them. */
export interface ReferenceRow {
  readonly capacity: number;
  readonly optimal: number;
  readonly lru: number;
  readonly sieve: number;
  readonly s3Fifo: number;
  readonly tinyLfu1: number;
  readonly tinyLfu20: number;
}

export interface Trace {
  readonly name: string;
  readonly keys: Int32Array;
  readonly rows: readonly ReferenceRow[];
}

const row = (
  capacity: number,
  optimal: number,
  lru: number,
  sieve: number,
  s3Fifo: number,
  tinyLfu1: number,
  tinyLfu20: number,
): ReferenceRow => ({ capacity, optimal, lru, sieve, s3Fifo, tinyLfu1, tinyLfu20 });

const REFERENCE: Readonly<Record<string, readonly ReferenceRow[]>> = {
  web07: [
    row(300, 55.88, 41.9, 45.02, 46.63, 43.35, 46.68),
    row(1000, 63.58, 50.41, 53.25, 54.1, 52.72, 53.61),
    row(3000, 70.28, 58.54, 60.55, 60.43, 59.42, 60.25),
  ],
  'orm-night': [
    row(1000, 75.76, 67.32, 64.17, 66.51, 55.57, 66.85),
    row(5000, 94.15, 87.85, 89.01, 90.45, 88.16, 89.87),
    row(20_000, 97.59, 95.87, 95.99, 96.28, 96.13, 96.35),
  ],
};

/** What the adaptive policy must reach: the best of the others, less half a point. */
export function required({ lru, sieve, s3Fifo, tinyLfu1, tinyLfu20 }: ReferenceRow): number {
  return Math.max(lru, sieve, s3Fifo, tinyLfu1, tinyLfu20) - 0.5;
}

/**
 * The recorded traces in a folder: `<name>.trace.xz`, a stream of big-endian 32-bit integers, one key a request.
 * @throws Error that says what is missing
 */
export function readTraces(folder: string): Trace[] {
  return Object.entries(REFERENCE).map(([name, rows]) => {
    const path = join(folder, `${name}.trace.xz`);
    if (!existsSync(path)) throw new Error(`TRACE_DIR: there is no ${path}`);
    const { error, status, stdout, stderr } = spawnSync('xz', ['-dc', path], { maxBuffer: 2 ** 28 });
    if (error !== undefined) {
      throw new Error('xz is missing: it unpacks the traces. Install it (Debian: apt-get install xz-utils).');
    }
    if (status !== 0) throw new Error(`xz cannot unpack ${path}: ${stderr.toString().trim()}`);
    const keys = Int32Array.from({ length: stdout.length >> 2 }, (_, i) => stdout.readInt32BE(i << 2));
    return { name, keys, rows };
  });
}
