import type { Arguments } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** What HELP says of a command. */
interface Described {
  readonly name: string;
  readonly executable: boolean;
  readonly row: { readonly summary: string; readonly syntax?: string };
  readonly subcommands: Iterable<Described> | undefined;
}

/**
 * HELP of a command with subcommands, made from the rows of the table: Redis's layout, our words.
 * @param since the version of Redis that brought it
 */
export function helpRow(command: Described, since: string) {
  return {
    name: 'help' as const,
    arity: 2,
    flags: ['loading', 'stale'] as const,
    since,
    summary: 'Prints this help.',
    complexity: 'O(1)',
    run: (_args: Arguments, { out }: CommandContext): void => {
      const lines = linesOf(command);
      out.array(lines.length);
      for (const line of lines) out.simple(line);
    },
  };
}

function linesOf({ name, row, executable, subcommands }: Described): string[] {
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  if (executable) lines.push('(no subcommand)', `    ${row.summary}`);
  for (const { name: subcommand, row: each } of subcommands!) {
    const syntax = each.syntax === undefined ? '' : ` ${each.syntax}`;
    lines.push(`${subcommand.toUpperCase()}${syntax}`, `    ${each.summary}`);
  }
  return lines;
}
