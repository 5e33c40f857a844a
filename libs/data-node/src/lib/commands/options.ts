import type { Session } from '../server/session.ts';
import { integerAt, isWord, type Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { NOT_AN_INTEGER_ERROR, SYNTAX_ERROR } from './replies.ts';

const MAX_INT64 = 2n ** 63n - 1n;

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
 * When something expires that is to live this long, on the clock of the data node; undefined when that is beyond 64-bit
 * milliseconds of Unix time.
 */
export function expiryTime(value: number | bigint, unit: TimeUnit, session: Session): number | undefined {
  const { server } = session;
  const milliseconds = Number(value) * unit.milliseconds;
  if (Math.abs(milliseconds) > 2 ** 52) {
    const exact = BigInt(value) * BigInt(unit.milliseconds);
    const unix = unit.absolute ? exact : exact + BigInt(server.toUnix(server.clock.now()));
    if (unix > MAX_INT64 || exact > MAX_INT64 || exact < -MAX_INT64 - 1n) return undefined;
  }
  return unit.absolute ? server.fromUnix(milliseconds) : server.clock.now() + milliseconds;
}

export function invalidExpiry(session: Session): void {
  session.fail(`ERR invalid expire time in '${(session.lastCommand as Command).fullName}' command`);
}

/** Options of SET and GETEX, of one command at a time. */
export class ValueOptions {
  ifAbsent = false;
  ifPresent = false;
  get = false;
  keepTtl = false;
  persist = false;
  /** Argument of the time; 0 for none. */
  timeIndex = 0;
  unit: TimeUnit = SECONDS;
  /** On the clock of the data node; 0 for none. */
  expiresAt = 0;

  /** Reads the options from argument `from` on. Answers what is wrong, and returns false. */
  parse(args: Arguments, from: number, session: Session, isGet: boolean): boolean {
    this.ifAbsent = this.ifPresent = this.get = this.keepTtl = this.persist = false;
    this.timeIndex = 0;
    this.expiresAt = 0;
    for (let i = from; i < args.count; i++) {
      const unit = i + 1 < args.count ? timeUnitAt(args, i) : undefined;
      if (unit !== undefined && !this.keepTtl && !this.persist && this.timeIndex === 0) {
        this.unit = unit;
        this.timeIndex = ++i;
      } else if (!isGet && isWord(args, i, 'nx') && !this.ifPresent) {
        this.ifAbsent = true;
      } else if (!isGet && isWord(args, i, 'xx') && !this.ifAbsent) {
        this.ifPresent = true;
      } else if (!isGet && isWord(args, i, 'get')) {
        this.get = true;
      } else if (!isGet && isWord(args, i, 'keepttl') && this.timeIndex === 0) {
        this.keepTtl = true;
      } else if (isGet && isWord(args, i, 'persist') && this.timeIndex === 0) {
        this.persist = true;
      } else {
        session.fail(SYNTAX_ERROR);
        return false;
      }
    }
    return this.timeIndex === 0 || this.#readTime(args, session);
  }

  #readTime(args: Arguments, session: Session): boolean {
    const value = integerAt(args, this.timeIndex);
    if (value === undefined) {
      session.fail(NOT_AN_INTEGER_ERROR);
      return false;
    }
    const expiresAt = value > 0 ? expiryTime(value, this.unit, session) : undefined;
    if (expiresAt === undefined) {
      invalidExpiry(session);
      return false;
    }
    // 0 means never; a time that is exactly 0 on this clock is long past.
    this.expiresAt = expiresAt === 0 ? -1 : expiresAt;
    return true;
  }
}

function timeUnitAt(args: Arguments, index: number): TimeUnit | undefined {
  if (isWord(args, index, 'ex')) return SECONDS;
  if (isWord(args, index, 'px')) return MILLISECONDS;
  if (isWord(args, index, 'exat')) return UNIX_SECONDS;
  if (isWord(args, index, 'pxat')) return UNIX_MILLISECONDS;
  return undefined;
}
