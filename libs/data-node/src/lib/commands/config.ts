import { normalizedEvents } from '../server/keyspace-events.ts';
import type { ServerState } from '../server/server-state.ts';
import type { Session } from '../server/session.ts';
import type { EvictionPolicyName } from '../store.ts';
import { latin1At, textAt, type Arguments } from './arguments.ts';
import type { CommandRow, Flag } from './command.ts';
import { globMatches } from './glob.ts';
import { OK_REPLY } from './replies.ts';

interface Parameter {
  get(server: ServerState): string | number;
  /** Undefined when it cannot be changed. Returns what is wrong with the text, or what applies it. */
  set?(text: string): string | ((server: ServerState) => void);
}

/** A setting that is an integer. @param apply is given the new value */
function integer(
  get: (server: ServerState) => number,
  min: number,
  max: number,
  apply: (server: ServerState, value: number) => void,
): Parameter {
  return {
    get,
    set: (text) => {
      if (!/^-?\d{1,15}$/.test(text)) return "argument couldn't be parsed into an integer";
      const value = Number(text);
      if (value < min || value > max) return `argument must be between ${min} and ${max} inclusive`;
      return (server) => {
        apply(server, value);
      };
    },
  };
}

const fixed = (value: string | number): Parameter => ({ get: () => value });

const INT32_MAX = 2 ** 31 - 1;

/** Eviction policies by the names of Redis that come nearest. */
export const REDIS_POLICIES: Readonly<Record<EvictionPolicyName, string>> = {
  lru: 'allkeys-lru',
  adaptive: 'allkeys-lfu',
};

/** What CONFIG knows, by the names that Redis has for it. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  appendonly: fixed('no'),
  bind: { get: ({ settings }) => settings.host },
  'client-query-buffer-limit': { get: ({ settings }) => settings.maxCommandLength },
  'cluster-enabled': fixed('no'),
  databases: fixed(1),
  'enable-debug-command': { get: ({ settings }) => (settings.enableDebugCommand ? 'yes' : 'no') },
  maxclients: integer(
    ({ settings }) => settings.maxClients,
    1,
    1_000_000,
    ({ settings }, value) => {
      settings.maxClients = value;
    },
  ),
  maxmemory: { get: ({ settings }) => settings.maxMemory },
  'maxmemory-policy': { get: ({ settings }) => REDIS_POLICIES[settings.evictionPolicy] },
  'notify-keyspace-events': {
    get: ({ settings }) => settings.keyspaceEvents,
    set: (text) => {
      const events = normalizedEvents(text);
      if (events === undefined) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
      return (server) => {
        server.settings.keyspaceEvents = events;
        server.keyspaceEvents.configure(events);
      };
    },
  },
  port: { get: ({ settings }) => settings.port },
  'proto-max-bulk-len': { get: ({ settings }) => settings.maxBulkLength },
  requirepass: {
    get: ({ settings }) => settings.password ?? '',
    set: (text) => (server) => {
      server.settings.password = text === '' ? undefined : text;
    },
  },
  save: fixed(''),
  'slowlog-log-slower-than': integer(
    ({ settings }) => settings.slowlogThreshold,
    -1,
    Number.MAX_SAFE_INTEGER,
    ({ settings }, value) => {
      settings.slowlogThreshold = value;
    },
  ),
  'slowlog-max-len': integer(
    ({ settings }) => settings.slowlogLength,
    0,
    1_000_000,
    ({ settings, slowlog }, value) => {
      settings.slowlogLength = value;
      slowlog.trim();
    },
  ),
  'tcp-keepalive': integer(
    ({ settings }) => settings.tcpKeepAlive,
    0,
    INT32_MAX,
    ({ settings }, value) => {
      settings.tcpKeepAlive = value;
    },
  ),
  timeout: integer(
    ({ settings }) => settings.timeout,
    0,
    INT32_MAX,
    ({ settings }, value) => {
      settings.timeout = value;
    },
  ),
};

function configGet(args: Arguments, session: Session): void {
  const patterns = Array.from({ length: args.count - 2 }, (_, i) =>
    Buffer.from(latin1At(args, i + 2).toLowerCase(), 'latin1'),
  );
  const found = Object.entries(PARAMETERS).filter(([name]) =>
    patterns.some((pattern) => globMatches(pattern, Buffer.from(name))),
  );
  const { out, server } = session;
  out.map(found.length);
  for (const [name, parameter] of found) {
    out.bulkText(name);
    out.bulkText(String(parameter.get(server)));
  }
}

/** All or nothing: everything is checked before anything is applied. */
function configSet(args: Arguments, session: Session): void {
  if (args.count % 2 !== 0) {
    session.fail("ERR wrong number of arguments for 'config|set' command");
    return;
  }
  const changes: ((server: ServerState) => void)[] = [];
  const seen = new Set<string>();
  for (let i = 2; i < args.count; i += 2) {
    const name = latin1At(args, i).toLowerCase();
    const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (parameter === undefined) {
      session.fail(`ERR Unknown option or number of arguments for CONFIG SET - '${latin1At(args, i)}'`);
      return;
    }
    const problem = seen.has(name)
      ? 'duplicate parameter'
      : (parameter.set?.(textAt(args, i + 1)) ?? "can't set immutable config");
    if (typeof problem === 'string') {
      session.fail(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${problem}`);
      return;
    }
    seen.add(name);
    changes.push(problem);
  }
  for (const change of changes) change(session.server);
  session.out.raw(OK_REPLY);
}

function configResetStat(_args: Arguments, session: Session): void {
  session.server.statistics.reset();
  for (const node of session.server.nodes) node.resetStatistics();
  session.out.raw(OK_REPLY);
}

const FLAGS: readonly Flag[] = ['admin', 'noscript', 'loading', 'stale'];

export const CONFIG_COMMANDS: readonly CommandRow[] = [
  {
    name: 'config',
    arity: -2,
    flags: [],
    since: '2.0.0',
    helpSince: '5.0.0',
    summary: 'Shows and changes settings.',
    subcommands: [
      {
        name: 'get',
        arity: -3,
        flags: FLAGS,
        since: '2.0.0',
        summary: 'Answers the settings whose names match patterns.',
        complexity: 'O(N) in the number of patterns',
        syntax: '<pattern> [<pattern> ...]',
        run: configGet,
      },
      {
        name: 'set',
        arity: -4,
        flags: FLAGS,
        since: '2.0.0',
        summary: 'Changes settings of this process, all or none.',
        complexity: 'O(N) in the number of settings',
        syntax: '<setting> <value> [<setting> <value> ...]',
        run: configSet,
      },
      {
        name: 'resetstat',
        arity: 2,
        flags: FLAGS,
        since: '2.0.0',
        summary: 'Sets the figures of INFO back to 0.',
        complexity: 'O(1)',
        run: configResetStat,
      },
    ],
  },
];
