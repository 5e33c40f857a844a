import type { CommandContext } from './context.ts';
import { integerAt, isWord, type Arguments } from './arguments.ts';
import { NOT_AN_INTEGER_ERROR, SYNTAX_ERROR } from './replies.ts';
import {
  expiryTime,
  invalidExpiry,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
  type TimeUnit,
} from './times.ts';

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

  /**
   * Reads the options from argument `from` on, the time excepted. An option may be repeated; the last time counts.
   * Answers what is wrong, and returns false.
   */
  parse(args: Arguments, from: number, context: CommandContext, isGet: boolean): boolean {
    this.ifAbsent = this.ifPresent = this.get = this.keepTtl = this.persist = false;
    this.timeIndex = 0;
    this.expiresAt = 0;
    for (let i = from; i < args.count; i++) {
      const unit = i + 1 < args.count ? timeUnitAt(args, i) : undefined;
      if (unit !== undefined && this.#mayBeIn(unit)) {
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
        context.fail(SYNTAX_ERROR);
        return false;
      }
    }
    return true;
  }

  #mayBeIn(unit: TimeUnit): boolean {
    return !this.keepTtl && !this.persist && (this.timeIndex === 0 || this.unit === unit);
  }

  /** Sets `expiresAt`, if there is a time. Returns what is wrong with it. */
  readTime(args: Arguments, context: CommandContext): Buffer | string | undefined {
    if (this.timeIndex === 0) return undefined;
    const value = integerAt(args, this.timeIndex);
    if (value === undefined) return NOT_AN_INTEGER_ERROR;
    const expiresAt = value > 0 ? expiryTime(value, this.unit, context) : undefined;
    if (expiresAt === undefined) return invalidExpiry(context);
    this.expiresAt = expiresAt;
    return undefined;
  }
}

function timeUnitAt(args: Arguments, index: number): TimeUnit | undefined {
  if (isWord(args, index, 'ex')) return SECONDS;
  if (isWord(args, index, 'px')) return MILLISECONDS;
  if (isWord(args, index, 'exat')) return UNIX_SECONDS;
  if (isWord(args, index, 'pxat')) return UNIX_MILLISECONDS;
  return undefined;
}
