import type { CommandTable } from './command-table.ts';
import type { ReplyWriter } from '@distributed-cache/resp';
import type { Session } from '../server/session.ts';
import { isWord, latin1At, lengthOf, type Arguments } from './arguments.ts';
import type { Category, Command, CommandRow, Flag, Gather, Group } from './command.ts';
import { Glob } from './glob.ts';
import { SYNTAX_ERROR } from './replies.ts';

const CATEGORIES: Readonly<Record<Group, readonly Category[]>> = {
  string: ['@string'],
  generic: ['@keyspace'],
  connection: ['@connection'],
  transactions: ['@transaction'],
  pubsub: [],
  server: [],
  cluster: [],
  scripting: ['@scripting'],
};

/** What cluster-aware clients are told about the answers of commands that concern many nodes. */
const TIPS: Readonly<Partial<Record<Gather, readonly string[]>>> = {
  values: [],
  sum: ['response_policy:agg_sum'],
  ok: ['response_policy:all_succeeded'],
  concat: ['nondeterministic_output_order'],
  scan: ['nondeterministic_output'],
  any: ['nondeterministic_output'],
};

/** The same about where to send them. */
function tipsOf({ gather, keys }: Command): readonly string[] {
  const tips = TIPS[gather];
  if (tips === undefined) return [];
  const nodes = gather === 'scan' ? 'special' : keys.first === 0 ? 'all_shards' : 'multi_shard';
  return [`request_policy:${nodes}`, ...tips];
}

function categoriesOf(command: Command): string[] {
  const { flags } = command;
  return [
    ...(flags.includes('write') ? ['@write'] : []),
    ...(flags.includes('readonly') ? ['@read'] : []),
    ...(command.categories ?? (!command.executable ? [] : CATEGORIES[command.group])),
    ...(flags.includes('pubsub') ? ['@pubsub'] : []),
    flags.includes('fast') ? '@fast' : '@slow',
    ...(flags.includes('admin') ? ['@admin', '@dangerous'] : []),
  ];
}

function writeTexts(out: ReplyWriter, texts: readonly string[], simple: boolean): void {
  for (const text of texts) {
    if (simple) out.simple(text);
    else out.bulkText(text);
  }
}

function writeKeySpecs(out: ReplyWriter, { keys, writes }: Command): void {
  out.array(keys.first === 0 ? 0 : 1);
  if (keys.first === 0) return;
  out.map(3);
  out.bulkText('flags');
  out.set(1);
  writeTexts(out, [writes ? 'RW' : 'RO'], true);
  out.bulkText('begin_search');
  out.map(2);
  out.bulkText('type');
  out.bulkText('index');
  out.bulkText('spec');
  out.map(1);
  out.bulkText('index');
  out.integer(keys.first);
  out.bulkText('find_keys');
  out.map(2);
  out.bulkText('type');
  out.bulkText('range');
  out.bulkText('spec');
  out.map(3);
  out.bulkText('lastkey');
  out.integer(keys.last < 0 ? keys.last : keys.last - keys.first);
  out.bulkText('keystep');
  out.integer(keys.step);
  out.bulkText('limit');
  out.integer(0);
}

function writeInfo(out: ReplyWriter, command: Command): void {
  const { keys, flags, subcommands } = command;
  out.array(10);
  out.bulkText(command.fullName);
  out.integer(command.arity);
  out.set(flags.length);
  writeTexts(out, flags, true);
  out.integer(keys.first);
  out.integer(keys.last);
  out.integer(keys.step);
  const categories = categoriesOf(command);
  out.set(categories.length);
  writeTexts(out, categories, true);
  const tips = tipsOf(command);
  out.array(tips.length);
  writeTexts(out, tips, false);
  writeKeySpecs(out, command);
  out.array(subcommands?.size ?? 0);
  for (const subcommand of subcommands ?? []) writeInfo(out, subcommand);
}

function writeDocs(out: ReplyWriter, command: Command): void {
  const { row, subcommands } = command;
  out.bulkText(command.fullName);
  const fields: [string, string][] = [
    ['summary', row.summary],
    ['since', row.since],
    ['group', command.group],
  ];
  if (row.complexity !== undefined) fields.push(['complexity', row.complexity]);
  out.map(fields.length + (subcommands === undefined ? 0 : 1));
  for (const [name, value] of fields) {
    out.bulkText(name);
    out.bulkText(value);
  }
  if (subcommands === undefined) return;
  out.bulkText('subcommands');
  out.map(subcommands.size);
  for (const subcommand of subcommands) writeDocs(out, subcommand);
}

/** By a name like `get` or `config|get`. */
function named(args: Arguments, index: number, session: Session): Command | undefined {
  const [name = '', subcommand] = latin1At(args, index).split('|');
  const find = (table: CommandTable<Command>, text: string): Command | undefined => {
    const bytes = Buffer.from(text, 'latin1');
    return table.find(bytes, 0, bytes.length);
  };
  const command = find(session.server.commands, name);
  if (subcommand === undefined || command === undefined) return command;
  return command.subcommands === undefined ? undefined : find(command.subcommands, subcommand);
}

function command(_args: Arguments, session: Session): void {
  session.out.array(session.server.commands.size);
  for (const each of session.server.commands) writeInfo(session.out, each);
}

function count(_args: Arguments, session: Session): void {
  session.out.integer(session.server.commands.size);
}

function info(args: Arguments, session: Session): void {
  const { out } = session;
  if (args.count === 2) {
    command(args, session);
    return;
  }
  out.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const found = named(args, i, session);
    if (found === undefined) out.null();
    else writeInfo(out, found);
  }
}

function docs(args: Arguments, session: Session): void {
  const { out, server } = session;
  const chosen: Command[] = [];
  if (args.count === 2) chosen.push(...server.commands);
  for (let i = 2; i < args.count; i++) {
    const found = named(args, i, session);
    if (found !== undefined) chosen.push(found);
  }
  out.map(chosen.length);
  for (const each of chosen) writeDocs(out, each);
}

function list(args: Arguments, session: Session): void {
  let accepts = (_each: Command): boolean => true;
  if (args.count > 2) {
    if (args.count !== 5 || !isWord(args, 2, 'filterby')) {
      session.fail(SYNTAX_ERROR);
      return;
    }
    const value = latin1At(args, 4);
    if (isWord(args, 3, 'pattern')) {
      const glob = new Glob(Buffer.from(value.toLowerCase(), 'latin1'));
      accepts = (each) => glob.matches(Buffer.from(each.fullName));
    } else if (isWord(args, 3, 'aclcat')) {
      accepts = (each) => categoriesOf(each).includes(`@${value.toLowerCase()}`);
    } else if (isWord(args, 3, 'module')) {
      accepts = () => false;
    } else {
      session.fail(SYNTAX_ERROR);
      return;
    }
  }
  const chosen = session.server.commands.all().filter(accepts);
  session.out.array(chosen.length);
  for (const each of chosen) session.out.bulkText(each.fullName);
}

function getkeys(args: Arguments, session: Session): void {
  const { commands } = session.server;
  const found = commands.find(args.buffer, args.starts[2]!, args.ends[2]!);
  let target = found;
  if (found?.subcommands !== undefined && args.count > 3) {
    target = found.subcommands.find(args.buffer, args.starts[3]!, args.ends[3]!);
  }
  if (target === undefined) {
    session.fail('ERR Invalid command specified');
    return;
  }
  const { first, last, step } = target.keys;
  if (first === 0) {
    session.fail('ERR The command has no key arguments');
    return;
  }
  const length = args.count - 2;
  if (!target.accepts(length)) {
    session.fail('ERR Invalid number of arguments specified for command');
    return;
  }
  const end = last < 0 ? length + last : last;
  const { out } = session;
  out.array(Math.floor((end - first) / step) + 1);
  for (let i = first; i <= end; i += step) {
    const start = args.starts[i + 2]!;
    out.bulk(args.buffer, start, start + lengthOf(args, i + 2));
  }
}

const FLAGS: readonly Flag[] = ['loading', 'stale'];

export const INTROSPECTION_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'command',
    arity: -1,
    flags: FLAGS,
    since: '2.8.13',
    helpSince: '5.0.0',
    categories: ['@connection'],
    summary: 'Describes all commands.',
    complexity: 'O(N) in the number of commands',
    serve: command,
    subcommands: [
      {
        name: 'count',
        arity: 2,
        flags: FLAGS,
        since: '2.8.13',
        summary: 'Counts the commands.',
        complexity: 'O(1)',
        serve: count,
      },
      {
        name: 'docs',
        arity: -2,
        flags: FLAGS,
        since: '7.0.0',
        summary: 'Documents commands.',
        complexity: 'O(N) in the number of commands',
        syntax: '[<command> ...]',
        serve: docs,
      },
      {
        name: 'info',
        arity: -2,
        flags: FLAGS,
        since: '2.8.13',
        summary: 'Describes commands.',
        complexity: 'O(N) in the number of commands',
        syntax: '[<command> ...]',
        serve: info,
      },
      {
        name: 'list',
        arity: -2,
        flags: FLAGS,
        since: '7.0.0',
        summary: 'Names the commands.',
        complexity: 'O(N) in the number of commands',
        syntax: '[FILTERBY (MODULE <name> | ACLCAT <category> | PATTERN <pattern>)]',
        serve: list,
      },
      {
        name: 'getkeys',
        arity: -4,
        flags: FLAGS,
        since: '2.8.13',
        summary: 'Answers the keys of a command.',
        complexity: 'O(N) in the number of arguments',
        syntax: '<command> <argument> [<argument> ...]',
        serve: getkeys,
      },
    ],
  },
];
