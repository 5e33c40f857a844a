import { describe, expect, test } from '@jest/globals';
import { createServer, parseReplies, TestClient } from '../testing/test-client.ts';
import { COMMANDS } from './commands.ts';

const containers = [...COMMANDS].filter(({ subcommands }) => subcommands !== undefined);
const client = new TestClient(createServer({ settings: { enableDebugCommand: true } }));

function help(command: string): string[] {
  const [lines] = parseReplies(Buffer.from(client.ask(command, 'help'), 'latin1'));
  return (lines as unknown[]).map(String);
}

describe.each(containers.map(({ name }) => name))('%s HELP', (name) => {
  const command = containers.find((each) => each.name === name)!;
  const lines = help(name);

  test('has the shape that Redis gives it', () => {
    expect(lines[0]).toBe(`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
    expect(lines.slice(-2)).toEqual(['HELP', '    Prints this help.']);
  });

  test('names each subcommand, with its arguments where it takes some', () => {
    for (const { name: subcommand, arity, row } of command.subcommands!) {
      const line = lines.find((each) => each.split(' ')[0] === subcommand.toUpperCase());
      const more = arity === 2 ? '' : ` ${row.syntax}`;
      expect([subcommand, row.syntax === undefined]).toEqual([subcommand, arity === 2]);
      expect(line).toBe(`${subcommand.toUpperCase()}${more}`);
      expect(lines).toContain(`    ${row.summary}`);
    }
  });

  test('takes no arguments', () => {
    expect(client.ask(name, 'help', 'x')).toBe(
      `-ERR wrong number of arguments for '${name}|help' command\r\n`,
    );
  });
});

test('the lines are simple strings', () => {
  expect(client.ask('memory', 'HELP')).toBe(
    [
      '*5',
      '+MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
      '+USAGE <key> [SAMPLES <count>]',
      '+    Answers the bytes that an entry takes.',
      '+HELP',
      '+    Prints this help.',
      '',
    ].join('\r\n'),
  );
});

test('COMMAND HELP tells what COMMAND alone does', () => {
  expect(help('command').slice(1, 3)).toEqual(['(no subcommand)', '    Describes all commands.']);
});
