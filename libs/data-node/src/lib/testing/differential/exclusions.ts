export interface Exclusion {
  readonly reason: string;
  /** @param args of a request, the first two in lower case */
  applies(args: readonly string[]): boolean;
}

const isOption = (argument: string | undefined, name: string): boolean => argument?.toLowerCase() === name;

/** A time to live of so little that it may run out before the next command. */
function isShort(text: string | undefined, least: number): boolean {
  const number = Number(text);
  return text !== undefined && number > 0 && number < least;
}

/** Calls that no comparison can bear. */
export const NEVER: readonly Exclusion[] = [
  {
    reason: 'ends the process',
    applies: ([name]) => name === 'shutdown',
  },
  {
    reason: 'is over before or after the next command, depending on the machine',
    applies: (args) => {
      const [name, , third] = args;
      if (name === 'setex' || name === 'expire') return isShort(third, 60);
      if (name === 'psetex' || name === 'pexpire') return isShort(third, 60_000);
      if (name !== 'set' && name !== 'getex') return false;
      return args.some(
        (each, i) =>
          (isOption(each, 'ex') && isShort(args[i + 1], 60)) ||
          (isOption(each, 'px') && isShort(args[i + 1], 60_000)),
      );
    },
  },
  {
    reason: 'stops everybody',
    applies: ([name, subcommand, third]) =>
      (name === 'client' && subcommand === 'pause' && isShort(third, Infinity)) ||
      (name === 'debug' && subcommand === 'sleep'),
  },
  {
    reason: 'closes the connections of the test itself',
    applies: (args) =>
      args[0] === 'client' && args[1] === 'kill' && !isHarmlessKill(args.slice(2)),
  },
  {
    reason: 'answers and effects depend on the machine and on how the server was started',
    applies: (args) => {
      if (args[0] !== 'config' || args[1] !== 'set') return false;
      return args.slice(2).some((each) => {
        const name = each.toLowerCase();
        return name === 'maxclients' || name === 'port' || name === 'bind' || name === 'maxmemory';
      });
    },
  },
];

/** One that is wrong, or that says whom it means, and means nobody of a test (its control connection is normal). */
function isHarmlessKill(filters: readonly string[]): boolean {
  if (filters.length === 1) return true;
  for (let i = 0; i + 1 < filters.length; i += 2) {
    if (isOption(filters[i], 'type') && !isOption(filters[i + 1], 'normal')) return true;
    if (isOption(filters[i], 'addr') || isOption(filters[i], 'laddr')) return true;
    if (isOption(filters[i], 'id') && !isShort(filters[i + 1], 1_000_000)) return true;
  }
  return false;
}

/** Differences that are known and to be gone: remove an entry together with its difference. */
export const KNOWN: readonly Exclusion[] = [];
