import type { Settings } from '../server/settings.ts';
import type { Arguments } from './arguments.ts';
import { CommandTable } from './command-table.ts';
import type { CommandContext } from './context.ts';
import { helpRow } from './help.ts';

/** What Redis calls them in `COMMAND`; those that this server acts on are fields of {@link Command}. */
export type Flag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'loading'
  | 'stale'
  | 'fast'
  | 'no_auth'
  | 'no_multi'
  | 'movablekeys';

/**
 * How a proxy answers the command for many nodes.
 *
 * - `local`: the process that was asked answers by itself.
 * - `key`: the primary of the one key answers.
 * - `slot`: the primary of all keys answers; they must be in one slot.
 * - `values`: the keys are spread over their primaries, and the answers put in the order of the keys.
 * - `sum`, `ok`, `concat`: the keys are spread likewise (without keys: every node is asked), and the answers are added
 *   up, must all be OK, or are joined.
 * - `scan`: the cursor says which slots come next.
 * - `any`: a node that has entries.
 * - `watch`, `exec`: as `slot`, with the keys that the client watches and those of the commands that wait.
 */
export type Gather =
  'local' | 'key' | 'slot' | 'values' | 'sum' | 'ok' | 'concat' | 'scan' | 'any' | 'watch' | 'exec';

/** Positions of the keys among the arguments: `last` may count from the end (-1 is the last), as in Redis. */
export interface KeyPositions {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export const NO_KEYS: KeyPositions = { first: 0, last: 0, step: 0 };
export const ONE_KEY: KeyPositions = { first: 1, last: 1, step: 1 };
export const TWO_KEYS: KeyPositions = { first: 1, last: 2, step: 1 };
export const ALL_KEYS: KeyPositions = { first: 1, last: -1, step: 1 };
export const KEYS_AND_VALUES: KeyPositions = { first: 1, last: -1, step: 2 };
/** The key is an argument of a subcommand. */
export const SECOND: KeyPositions = { first: 2, last: 2, step: 1 };

export type Group =
  'string' | 'generic' | 'connection' | 'transactions' | 'pubsub' | 'server' | 'cluster' | 'scripting';

export type Category =
  '@string' | '@keyspace' | '@connection' | '@transaction' | '@pubsub' | '@scripting' | '@dangerous';

/**
 * A row of the table of commands.
 * @typeParam S the session of a client, for commands that are about it or its server
 */
export interface CommandRow<S = unknown> {
  /** In lower case. */
  readonly name: string;
  /** Arguments, the name (and that of a subcommand) included; -n for n or more. */
  readonly arity: number;
  readonly flags: readonly Flag[];
  /** Default: none. */
  readonly keys?: KeyPositions;
  /** Default: local. */
  readonly gather?: Gather;
  readonly since: string;
  /** Where Redis documents it. Default: its family's, or its container's. */
  readonly group?: Group;
  /** Its categories beside those that follow from the flags. Default: what its group has, or its container's. */
  readonly categories?: readonly Category[];
  /** One sentence for `COMMAND DOCS` and the documentation. */
  readonly summary: string;
  readonly complexity?: string;
  /** The arguments of a subcommand, as HELP shows them. */
  readonly syntax?: string;
  /** A RESP2 client may send it while it is subscribed to something. */
  readonly whileSubscribed?: true;
  /** Is not queued in a transaction. */
  readonly controlsTransaction?: true;
  /** Why no client may run it, or a subcommand, under these settings: the error to answer. */
  readonly refusal?: (settings: Settings) => string | undefined;
  /** What it does about keys, */
  readonly run?: (args: Arguments, context: CommandContext) => void;
  /** or, in place of that, with a client or the server. */
  readonly serve?: (args: Arguments, session: S) => void;
  /**
   * Answers what is wrong with the arguments, and returns false then. For commands that a proxy spreads: they are
   * checked as a whole before any part runs.
   */
  readonly check?: (args: Arguments, context: CommandContext) => boolean;
  /** The error for a command that must not fail in the middle of a transaction; asked when it is queued. */
  readonly refuseQueued?: (args: Arguments, session: S) => Buffer | undefined;
  /** Named by the second argument. A command has these, or `run`, or `serve`. HELP comes by itself. */
  readonly subcommands?: readonly CommandRow<S>[];
  /** Of its HELP. Default: its own. */
  readonly helpSince?: string;
}

/** A command as it is dispatched. {@link CommandRow} says what `S` is; who only looks at a command need not know. */
export class Command<S = never> {
  readonly name: string;
  /** As in errors and statistics: `config|get` for a subcommand. */
  readonly fullName: string;
  readonly arity: number;
  readonly flags: readonly Flag[];
  readonly keys: KeyPositions;
  readonly gather: Gather;
  readonly group: Group;
  readonly categories: readonly Category[] | undefined;
  readonly row: CommandRow<S>;
  readonly run: CommandRow['run'];
  readonly serve: CommandRow<S>['serve'];
  readonly subcommands: CommandTable<Command<S>> | undefined;
  /** Runs as it is, whatever the settings and its first argument. */
  readonly direct: boolean;
  readonly writes: boolean;
  readonly withoutAuthentication: boolean;
  /** May take long, so that each call is timed. */
  readonly timed: boolean;
  readonly inTransactions: boolean;
  readonly whileSubscribed: boolean;
  readonly controlsTransaction: boolean;
  /** Reads or writes entries. EXEC does not by itself: what it runs was looked at when it was queued. */
  readonly concernsKeys: boolean;
  /** Gets through a pause of all commands: what somebody needs who comes in to end it. */
  readonly whilePaused: boolean;
  /** Where its statistics are. */
  readonly index: number;

  constructor(row: CommandRow<S>, group: Group, nextIndex: () => number, parent?: Command<S>) {
    this.name = row.name;
    this.fullName = parent === undefined ? row.name : `${parent.name}|${row.name}`;
    this.arity = row.arity;
    this.flags = row.flags;
    this.keys = row.keys ?? NO_KEYS;
    this.gather = row.gather ?? 'local';
    this.group = row.group ?? group;
    this.categories = row.categories ?? parent?.categories;
    this.row = row;
    this.run = row.run;
    this.serve = row.serve;
    this.index = nextIndex();
    this.writes = row.flags.includes('write');
    this.withoutAuthentication = row.flags.includes('no_auth');
    this.timed = this.gather !== 'key' && !row.flags.includes('fast');
    this.inTransactions = !row.flags.includes('no_multi');
    this.whileSubscribed = row.whileSubscribed === true;
    this.controlsTransaction = row.controlsTransaction === true;
    this.concernsKeys = this.gather !== 'local' && this.gather !== 'exec';
    this.subcommands =
      row.subcommands === undefined
        ? undefined
        : new CommandTable<Command<S>>(
            [...row.subcommands, helpRow(this, row.helpSince ?? row.since)].map(
              (each) => new Command<S>(each, this.group, nextIndex, this),
            ),
          );
    this.direct = row.subcommands === undefined && row.refusal === undefined;
    this.whilePaused = this.withoutAuthentication || parent?.name === 'client';
  }

  /** EXEC may write when there is a transaction: what is in it is not looked at. */
  mayWrite(inTransaction: boolean): boolean {
    return this.writes || this.name === 'publish' || (this.name === 'exec' && inTransaction);
  }

  /** False for one that only has subcommands. */
  get executable(): boolean {
    return (this.run ?? this.serve) !== undefined;
  }

  execute(args: Arguments, session: S & CommandContext): void {
    if (this.run !== undefined) this.run(args, session);
    else this.serve!(args, session);
  }

  accepts(count: number): boolean {
    return this.arity >= 0 ? count === this.arity : count >= -this.arity;
  }
}

/** What a proxy asks of a data node; no client can. Not in the table of commands, nor in statistics. */
export function internalCommand(row: Omit<CommandRow, 'since' | 'summary'>): Command<unknown> {
  return new Command({ ...row, since: '', summary: '' }, 'generic', () => -1);
}
