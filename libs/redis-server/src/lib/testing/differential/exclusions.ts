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
    reason: 'makes a replica of the client',
    applies: ([name]) => name === 'sync',
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
    applies: (args) => args[0] === 'client' && args[1] === 'kill' && !isHarmlessKill(args.slice(2)),
  },
  {
    reason: 'answers and effects depend on the machine and on how the server was started',
    applies: (args) => {
      if (args[0] !== 'config' || args[1] !== 'set') return false;
      return args.some((each, i) => {
        const name = each.toLowerCase();
        if (name === 'slowlog-log-slower-than')
          return Math.abs(Number(args[i + 1])) < 10_000_000 && args[i + 1] !== '-1';
        return name === 'maxclients' || name === 'port' || name === 'bind' || name === 'maxmemory';
      });
    },
  },
  {
    reason:
      'redis-server answers twice to prefixes of one CLIENT TRACKING that overlap, so that no client knows what is what',
    applies: (args) => {
      if (args[0] !== 'client' || args[1] !== 'tracking') return false;
      const prefixes = valuesOf(args, 'prefix');
      return prefixes.some((each, i) => prefixes.some((other, j) => i !== j && other.startsWith(each)));
    },
  },
];

/** Values of the option, wherever it is. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.filter((_, i) => i > 0 && isOption(args[i - 1], option));
}

/** What is listed as another behaviour, beyond the answer: docs/redis-compatibility.md. */
export const LISTED: readonly Exclusion[] = [
  {
    reason: 'after a database that was refused, all commands with keys are',
    applies: ([name, database]) => name === 'select' && database !== undefined && database !== '0',
  },
  {
    reason: 'HELP lists what a server has, in its own words',
    applies: ([, subcommand]) => subcommand === 'help',
  },
];

/** One that is wrong, or that says whom it means, and means nobody of a test (its control connection is normal). */
function isHarmlessKill(filters: readonly string[]): boolean {
  if (filters.length === 1) return true;
  // Of two filters of a kind the last one counts.
  const last = new Map<string, string>();
  for (let i = 0; i + 1 < filters.length; i += 2) last.set(filters[i]!.toLowerCase(), filters[i + 1]!);
  return (
    (last.has('type') && !isOption(last.get('type'), 'normal')) ||
    last.has('addr') ||
    last.has('laddr') ||
    (last.has('id') && !isShort(last.get('id'), 1_000_000))
  );
}

/** Differences that are known and to be gone: remove an entry together with its difference. */
export const KNOWN: readonly Exclusion[] = [];
