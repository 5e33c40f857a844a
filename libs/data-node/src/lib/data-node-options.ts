import { randomUUID } from 'node:crypto';
import type { PubSub } from '@distributed-cache/pubsub';
import { systemClock, type Clock } from '@distributed-cache/runtime';
import { invalidArgument } from './errors.ts';
import {
  OffHeapStore,
  EVICTION_POLICIES,
  type EvictionPolicyName,
  type Store,
  type StoreOptions,
} from '@distributed-cache/store';

/** Longest time to live, in milliseconds: some 8,900 years. */
export const MAX_TTL = 2 ** 48;

const MIB = 1024 * 1024;
const INT32_MAX = 2 ** 31 - 1;

export interface DataNodeOptions {
  /** Names the node in the cluster, across restarts. Not empty. */
  readonly id: string;
  /** Share of the slots relative to others. Default 1. */
  readonly weight?: number;
  readonly pubsub: PubSub;
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** Budget of keys, values and their overhead. */
  readonly maxBytes: number;
  /** Default: as many as the budget holds. */
  readonly maxEntries?: number;
  /** Which entries make room. Default `lru`. */
  readonly evictionPolicy?: EvictionPolicyName;
  /** Larger values are refused. Default 8 MiB. */
  readonly maxValueBytes?: number;
  /** Milliseconds that an entry lives when a write names no time; 0, the default, for ever. At most 2^48. */
  readonly defaultTtl?: number;
  /** Milliseconds between reports. Default 1000. */
  readonly statusInterval?: number;
  /** Default: {@link OffHeapStore}. */
  readonly createStore?: (options: StoreOptions) => Store;
  /** Makes the random incarnation. Default: a UUID. */
  readonly createIncarnation?: () => string;
}

export type ResolvedOptions = Required<DataNodeOptions>;

/** The options with their defaults. Throws a DataNodeError that names the option that is wrong. */
export function resolveOptions(options: DataNodeOptions): ResolvedOptions {
  const resolved = {
    weight: 1,
    clock: systemClock,
    maxEntries: Infinity,
    evictionPolicy: 'lru' as const,
    maxValueBytes: 8 * MIB,
    defaultTtl: 0,
    statusInterval: 1000,
    createStore: (storeOptions: StoreOptions) => new OffHeapStore(storeOptions),
    createIncarnation: () => randomUUID(),
    ...withoutUndefined(options),
  };
  const { id, weight, maxEntries } = resolved;
  if (typeof id !== 'string' || id === '') throw invalidArgument('id', 'a string that is not empty', id);
  if (!(weight > 0 && weight < Infinity)) throw invalidArgument('weight', 'a finite number above 0', weight);
  checkInteger('maxBytes', resolved.maxBytes, 1, Number.MAX_SAFE_INTEGER);
  if (maxEntries !== Infinity) checkInteger('maxEntries', maxEntries, 1, Number.MAX_SAFE_INTEGER);
  if (!EVICTION_POLICIES.includes(resolved.evictionPolicy)) {
    throw invalidArgument(
      'evictionPolicy',
      `one of ${EVICTION_POLICIES.join(', ')}`,
      resolved.evictionPolicy,
    );
  }
  checkInteger('maxValueBytes', resolved.maxValueBytes, 0, INT32_MAX);
  checkInteger('defaultTtl', resolved.defaultTtl, 0, MAX_TTL);
  checkInteger('statusInterval', resolved.statusInterval, 1, INT32_MAX);
  return resolved;
}

/** An option that is there but undefined counts as absent. */
function withoutUndefined(options: DataNodeOptions): DataNodeOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as DataNodeOptions;
}

export function checkInteger(argument: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidArgument(argument, `an integer from ${min} to ${max}`, value);
}
