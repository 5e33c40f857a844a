import { CLIENT_COMMANDS } from './client.ts';
import { CLUSTER_COMMANDS } from './cluster.ts';
import { CommandTable } from './command-table.ts';
import { Command, type CommandRow, type Group } from './command.ts';
import { CONFIG_COMMANDS } from './config.ts';
import { CONNECTION_COMMANDS } from './connection.ts';
import { COUNTER_COMMANDS } from './counters.ts';
import { EXPIRY_COMMANDS } from './expiry.ts';
import { INTROSPECTION_COMMANDS } from './introspection.ts';
import { KEY_COMMANDS } from './keys.ts';
import { MANY_STRINGS_COMMANDS } from './many-strings.ts';
import { PUBSUB_COMMANDS } from './pubsub.ts';
import { SCAN_COMMANDS } from './scan.ts';
import { SERVER_COMMANDS } from './server.ts';
import { STRING_PART_COMMANDS } from './string-parts.ts';
import { STRING_COMMANDS } from './strings.ts';
import { TRANSACTION_COMMANDS } from './transactions.ts';
import type { Session } from '../server/session.ts';

const FAMILIES: readonly (readonly [Group, readonly CommandRow<Session>[]])[] = [
  ['string', STRING_COMMANDS],
  ['string', MANY_STRINGS_COMMANDS],
  ['string', STRING_PART_COMMANDS],
  ['string', COUNTER_COMMANDS],
  ['generic', KEY_COMMANDS],
  ['generic', EXPIRY_COMMANDS],
  ['generic', SCAN_COMMANDS],
  ['connection', CONNECTION_COMMANDS],
  ['connection', CLIENT_COMMANDS],
  ['transactions', TRANSACTION_COMMANDS],
  ['pubsub', PUBSUB_COMMANDS],
  ['server', SERVER_COMMANDS],
  ['server', CONFIG_COMMANDS],
  ['server', INTROSPECTION_COMMANDS],
  ['cluster', CLUSTER_COMMANDS],
];

let count = 0;
const nextIndex = (): number => count++;

/**
 * The one table of commands. Dispatch, arity, keys, `COMMAND`, statistics and the documentation come from it, and so
 * does how a proxy spreads a command over nodes.
 */
export const COMMANDS = new CommandTable<Command<Session>>(
  FAMILIES.flatMap(([group, rows]) => rows.map((row) => new Command<Session>(row, group, nextIndex))),
);

/** Commands and subcommands: as many as {@link Command.index} has values. */
export const COMMAND_COUNT = count;
