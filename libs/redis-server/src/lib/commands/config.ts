import { parseInteger } from '@distributed-cache/resp';
import { normalizedEvents } from '../server/keyspace-events.ts';
import type { Session } from '../server/session.ts';
import type { EvictionPolicyName } from '@distributed-cache/store';
import { latin1At, quotedAt, textAt, type Arguments } from './arguments.ts';
import type { CommandRow, Flag } from './command.ts';
import { Glob } from './glob.ts';
import { OK_REPLY, SYNTAX_ERROR } from './replies.ts';

interface Parameter {
  get(server: Session['server']): string | number;
  /** Undefined when it cannot be changed. Returns what is wrong with the text, or what applies it. */
  set?(text: string): string | ((server: Session['server']) => void);
}

/** A setting that is an integer. @param apply is given the new value, at most the largest safe integer */
function integer(
  get: (server: Session['server']) => number,
  min: number,
  max: number | bigint,
  apply: (server: Session['server'], value: number) => void,
): Parameter {
  return {
    get,
    set: (text) => {
      const bytes = Buffer.from(text);
      const value = parseInteger(bytes, 0, bytes.length);
      if (value === undefined) return "argument couldn't be parsed into an integer";
      if (value < min || value > max) return `argument must be between ${min} and ${max} inclusive`;
      return (server) => {
        apply(server, Math.min(Number(value), Number.MAX_SAFE_INTEGER));
      };
    },
  };
}

const fixed = (value: string | number): Parameter => ({ get: () => value });

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;

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
  'maxmemory-clients': { get: ({ settings }) => settings.clientInput + settings.clientOutput },
  'maxmemory-policy': { get: ({ settings }) => REDIS_POLICIES[settings.evictionPolicy] },
  'notify-keyspace-events': {
    get: ({ settings }) => settings.keyspaceEvents,
    set: (text) => {
      // Redis reads a C string.
      const events = normalizedEvents(text.split('\0')[0]!);
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
      for (const session of server.sessions.values()) session.passwordChanged();
    },
  },
  save: fixed(''),
  'slowlog-log-slower-than': integer(
    ({ settings }) => settings.slowlogThreshold,
    -1,
    INT64_MAX,
    ({ settings }, value) => {
      settings.slowlogThreshold = value;
    },
  ),
  'slowlog-max-len': integer(
    ({ settings }) => settings.slowlogLength,
    0,
    INT64_MAX,
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

const GLOB = /[*?[]/;

/** A setting that is named is answered by that name as it was written, as Redis does. */
function configGet(args: Arguments, session: Session): void {
  const found = new Map<string, string>();
  const add = (name: string, written: string): void => {
    if (!found.has(name)) found.set(name, written);
  };
  for (let i = 2; i < args.count; i++) {
    const written = latin1At(args, i);
    const lowered = written.toLowerCase();
    if (GLOB.test(written)) {
      const glob = new Glob(Buffer.from(lowered, 'latin1'));
      for (const name of Object.keys(PARAMETERS)) if (glob.matches(Buffer.from(name))) add(name, name);
    } else if (Object.hasOwn(PARAMETERS, lowered)) {
      add(lowered, written);
    }
  }
  const { out, server } = session;
  out.map(found.size);
  for (const [name, written] of found) {
    out.bulkText(written);
    out.bulkText(String(PARAMETERS[name]!.get(server)));
  }
}

/** All or nothing: the names are checked first, then the values, before anything is applied. */
function configSet(args: Arguments, session: Session): void {
  if (args.count % 2 !== 0) {
    session.fail(SYNTAX_ERROR);
    return;
  }
  const fail = (name: string, problem: string): void => {
    session.fail(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${problem}`);
  };
  const chosen = new Map<string, { set: NonNullable<Parameter['set']>; text: string }>();
  for (let i = 2; i < args.count; i += 2) {
    const written = latin1At(args, i);
    const name = written.toLowerCase();
    const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (parameter === undefined) {
      session.fail(`ERR Unknown option or number of arguments for CONFIG SET - '${quotedAt(args, i)}'`);
      return;
    }
    if (parameter.set === undefined) {
      fail(written, "can't set immutable config");
      return;
    }
    if (chosen.has(name)) {
      fail(written, 'duplicate parameter');
      return;
    }
    chosen.set(name, { set: parameter.set, text: textAt(args, i + 1) });
  }
  const changes: ((server: Session['server']) => void)[] = [];
  for (const [name, { set, text }] of chosen) {
    const change = set(text);
    if (typeof change === 'string') {
      fail(name, change);
      return;
    }
    changes.push(change);
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

export const CONFIG_COMMANDS: readonly CommandRow<Session>[] = [
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
        serve: configGet,
      },
      {
        name: 'set',
        arity: -4,
        flags: FLAGS,
        since: '2.0.0',
        summary: 'Changes settings of this process, all or none.',
        complexity: 'O(N) in the number of settings',
        syntax: '<setting> <value> [<setting> <value> ...]',
        serve: configSet,
      },
      {
        name: 'resetstat',
        arity: 2,
        flags: FLAGS,
        since: '2.0.0',
        summary: 'Sets the figures of INFO back to 0.',
        complexity: 'O(1)',
        serve: configResetStat,
      },
    ],
  },
];
