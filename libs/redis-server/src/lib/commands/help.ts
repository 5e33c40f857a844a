import type { Command, CommandRow } from './command.ts';

/**
 * HELP of a command with subcommands, made from the rows of the table: Redis's layout, our words.
 * @param since the version of Redis that brought it
 */
export function helpRow(command: Command, since: string): CommandRow {
  return {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    since,
    summary: 'Prints this help.',
    complexity: 'O(1)',
    run: (_args, { out }) => {
      const lines = linesOf(command);
      out.array(lines.length);
      for (const line of lines) out.simple(line);
    },
  };
}

function linesOf({ name, row, executable, subcommands }: Command): string[] {
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  if (executable) lines.push('(no subcommand)', `    ${row.summary}`);
  for (const { name: subcommand, row: each } of subcommands!) {
    const syntax = each.syntax === undefined ? '' : ` ${each.syntax}`;
    lines.push(`${subcommand.toUpperCase()}${syntax}`, `    ${each.summary}`);
  }
  return lines;
}
