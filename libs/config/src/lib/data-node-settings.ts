import type { EnvironmentReader } from './environment.ts';
import { MEBIBYTE } from './sizes.ts';

/** What one data node is told, as `DataNodeOptions` names it, in base units: bytes and milliseconds. */
export interface DataNodeSettings {
  /** Byte budget. */
  readonly maxBytes: number;
  readonly maxEntries: number | undefined;
  readonly evictionPolicy: 'lru' | 'adaptive';
  /** 0 for none. */
  readonly defaultTtl: number;
  readonly maxValueBytes: number;
  readonly statusInterval: number;
}

/** Longest delay of a timer: 2^31 - 1 milliseconds, some 24 days. */
const MAX_DELAY = 2 ** 31 - 1;
const MAX_TTL = 2 ** 48;
/** An answer over HTTP is one string, and a value of control characters grows sixfold in JSON: 384 of V8's 512 MiB. */
const MAX_VALUE_SIZE = 64 * MEBIBYTE;

/**
 * The settings that every process with data nodes has.
 * @param maxBudget the largest budget that a data node can have, in bytes
 * @throws {ConfigError} at the first one that cannot be used
 */
export function readDataNodeSettings(read: EnvironmentReader, maxBudget: number): DataNodeSettings {
  return {
    maxBytes: read.size('MAX_MEMORY', MEBIBYTE, maxBudget, 256 * MEBIBYTE),
    maxEntries: read.integer('MAX_ENTRIES', 1, 2 ** 32 - 1, undefined),
    evictionPolicy: read.choice('EVICTION_POLICY', ['lru', 'adaptive'], 'lru'),
    defaultTtl: read.integer('DEFAULT_TTL', 0, MAX_TTL, 0),
    maxValueBytes: read.size('MAX_VALUE_SIZE', 1, MAX_VALUE_SIZE, 8 * MEBIBYTE),
    statusInterval: read.integer('STATUS_INTERVAL', 1, MAX_DELAY, 1000),
  };
}
