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
export const KNOWN: readonly Exclusion[] = [
  {
    reason: 'a repeated same option of SET and GETEX is a syntax error here',
    applies: ([name, ...rest]) =>
      (name === 'set' || name === 'getex') &&
      ['ex', 'px', 'exat', 'pxat'].some((option) => rest.filter((each) => isOption(each, option)).length > 1),
  },
  {
    reason: 'GETEX looks at its time before it looks for the key',
    applies: ([name, , ...rest]) =>
      name === 'getex' && rest.some((each) => !/^[a-z]+$/i.test(each) && !/^[1-9]\d{0,12}$/.test(each)),
  },
  {
    reason: 'SET with a time in the past stores nothing, and DBSIZE tells',
    applies: ([name, , , ...rest]) =>
      name === 'set' &&
      rest.some((each, i) => /^(ex|px)at$/i.test(each) && Number(rest[i + 1]) < 4_000_000_000_000),
  },
  {
    reason: 'a time over 2^53 - 1 closes the connection that asks for it',
    applies: ([name = '', ...rest]) =>
      /^set|ex$|expire/.test(name) && rest.some((each) => Math.abs(Number(each)) > 1e12 * 9),
  },
  {
    reason: 'INCRBYFLOAT refuses its own long results, and takes what is too small',
    applies: ([name, , third]) => name === 'incrbyfloat' && (/[ex]/i.test(third ?? '') || (third ?? '').length > 21),
  },
  {
    reason: 'CLIENT REPLY with subscriptions, RESET and MULTI',
    applies: ([name, subcommand]) => name === 'client' && subcommand === 'reply',
  },
  {
    reason: 'arity and texts of some subcommands',
    applies: ([name, subcommand, ...rest]) =>
      (name === 'pubsub' && subcommand === 'channels' && rest.length > 1) ||
      (name === 'slowlog' && subcommand === 'get' && rest.length > 1) ||
      (name === 'config' && subcommand === 'set' && rest.length % 2 === 1) ||
      (name === 'client' && subcommand === 'pause' && rest.length > 1) ||
      (name === 'function' && rest.length > 1) ||
      (name === 'memory' && rest.length > 1) ||
      (name === 'select' && !/^\d{1,9}$/.test(subcommand ?? '')) ||
      (name === 'copy' && rest.some((each) => !/^(db|replace|0)$/i.test(each))) ||
      (name === 'client' && subcommand === 'list' && rest.length > 0 && rest.slice(1).some((each) => Number(each) <= 0)) ||
      (name === 'scan' && !/^\d{1,18}$/.test(subcommand ?? '')) ||
      (name === 'hello' && rest.length > 3),
  },
  {
    reason: 'errors that echo NUL or the end of a line; users that are not UTF-8',
    applies: ([name = '', ...rest]) => {
      const echoed = /expire/.test(name) ? rest.slice(2) : name in ECHOING ? rest : [name];
      // eslint-disable-next-line no-control-regex -- these are meant
      return echoed.some((each) => /[\0\r\n\x80-\xff]/.test(each));
    },
  },
  {
    reason: 'patterns: two stars and the empty key, classes that do not end',
    applies: (args) => args.some((each) => /\*\*|\[[^\]]*$/.test(each)) && /^(keys|scan|psubscribe|pubsub)$/.test(args[0]!),
  },
];

/** Containers, whose errors tell what they were sent. */
const ECHOING: Readonly<Record<string, true>> = {
  client: true,
  cluster: true,
  command: true,
  config: true,
  function: true,
  hello: true,
  memory: true,
  object: true,
  pubsub: true,
  slowlog: true,
};
