import type { CommandContext } from './context.ts';

/** Unit and base of a time: EX, PX, EXAT, PXAT. */
export interface TimeUnit {
  readonly milliseconds: 1 | 1000;
  readonly absolute: boolean;
}

export const SECONDS: TimeUnit = { milliseconds: 1000, absolute: false };
export const MILLISECONDS: TimeUnit = { milliseconds: 1, absolute: false };
export const UNIX_SECONDS: TimeUnit = { milliseconds: 1000, absolute: true };
export const UNIX_MILLISECONDS: TimeUnit = { milliseconds: 1, absolute: true };

/**
 * Times of clients are 64-bit integers, those of the store are doubles. From here on, 140,000 years, these are integers and
 * are computed as such. Beyond twice that they are not exact: they are rounded to what is sooner, by about a second at
 * most.
 */
const FAR = 2 ** 52;
/** Bits of the integers that a double holds. */
const PRECISION = 53;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
/** The last moment of Unix time, which clients ask for when they mean never, is kept as it is: later than all others. */
const LAST = 2 ** 63;

/**
 * When something expires that is to live this long, on the clock of the data node, and never 0, which stands for no time;
 * undefined when that is beyond 64-bit milliseconds of Unix time.
 */
export function expiryTime(
  value: number | bigint,
  unit: TimeUnit,
  context: CommandContext,
): number | undefined {
  const { time } = context;
  const milliseconds = Number(value) * unit.milliseconds;
  if (Math.abs(milliseconds) > FAR) return farExpiryTime(value, unit, context);
  const expiresAt = unit.absolute ? time.fromUnix(milliseconds) : time.now() + milliseconds;
  return expiresAt === 0 ? -1 : expiresAt;
}

function farExpiryTime(value: number | bigint, unit: TimeUnit, context: CommandContext): number | undefined {
  const milliseconds = BigInt(value) * BigInt(unit.milliseconds);
  if (milliseconds > MAX_INT64 || milliseconds < MIN_INT64) return undefined;
  const { now, offset } = exactClock(context);
  const unix = unit.absolute ? milliseconds : milliseconds + now;
  if (unix > MAX_INT64) return undefined;
  return unix === MAX_INT64 ? LAST : roundedDown(unix - offset);
}

/** What is left of a time of the store, or when it comes, as TTL and its kin answer it. */
export function timeToAnswer(expiresAt: number, unit: TimeUnit, context: CommandContext): number | bigint {
  if (expiresAt > FAR) return farTimeToAnswer(expiresAt, unit, context);
  const { time } = context;
  const milliseconds = unit.absolute ? time.toUnix(expiresAt) : Math.ceil(expiresAt - time.now());
  return unit.milliseconds === 1 ? milliseconds : Math.floor((milliseconds + 500) / 1000);
}

function farTimeToAnswer(expiresAt: number, unit: TimeUnit, context: CommandContext): bigint {
  const { now, offset } = exactClock(context);
  const exact = BigInt(expiresAt) + offset;
  const unix = expiresAt >= LAST || exact > MAX_INT64 ? MAX_INT64 : exact;
  const milliseconds = unit.absolute ? unix : unix - now;
  return unit.milliseconds === 1 ? milliseconds : (milliseconds + 500n) / 1000n;
}

/** Unix time, and what is added to the clock of the data node to get it, in whole milliseconds. */
function exactClock({ time }: CommandContext): { now: bigint; offset: bigint } {
  return { now: BigInt(time.toUnix(time.now())), offset: BigInt(Math.round(time.offset())) };
}

/** The integer as a double, or the next smaller one that is a double. Of those below 0, any. */
function roundedDown(value: bigint): number {
  const excess = BigInt(Math.max(0, value.toString(2).length - PRECISION));
  return Number((value >> excess) << excess);
}

/** Compares two times as Redis does, which counts in whole milliseconds: -1, 0 or 1. */
export function compareTimes(a: number, b: number): number {
  return Math.sign(Math.floor(a) - Math.floor(b));
}

export function invalidExpiry({ commandName }: CommandContext): string {
  return `ERR invalid expire time in '${commandName}' command`;
}
