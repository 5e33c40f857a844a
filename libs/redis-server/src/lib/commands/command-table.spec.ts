import { describe, expect, test } from '@jest/globals';
import { COMMAND_COUNT, COMMANDS } from './commands.ts';

const find = (name: string) => {
  const bytes = Buffer.from(`<${name}>`, 'latin1');
  return COMMANDS.find(bytes, 1, bytes.length - 1);
};

describe('the table of commands', () => {
  test.each([...COMMANDS].map(({ name }) => name))('finds %s in any case', (name) => {
    expect(find(name)!.name).toBe(name);
    expect(find(name.toUpperCase())!.name).toBe(name);
    expect(find(`${name}x`)).toBeUndefined();
    expect(find(name.slice(1))?.name).not.toBe(name);
  });

  test.each(['', '\0', 'gex', 'GET ', '\xff\xff\xff', 'x'.repeat(70_000)])('finds nothing for %j', (name) => {
    expect(find(name)).toBeUndefined();
  });

  test('only letters have a case', () => {
    expect(find('no@')).toBeUndefined();
    expect(find('G\x05T')).toBeUndefined();
  });

  test('every command and subcommand counts for itself', () => {
    const indexes = COMMANDS.all().map(({ index }) => index);
    expect(new Set(indexes).size).toBe(COMMAND_COUNT);
    expect(Math.max(...indexes)).toBe(COMMAND_COUNT - 1);
  });

  test('a command runs or has subcommands, says where its keys are, and how it is gathered', () => {
    for (const { fullName, executable, subcommands, keys, gather } of COMMANDS.all()) {
      expect([fullName, executable || subcommands !== undefined]).toEqual([fullName, true]);
      if (keys.first !== 0) expect([fullName, gather]).not.toEqual([fullName, 'local']);
      if (gather === 'key') expect([fullName, keys.last - keys.first]).toEqual([fullName, 0]);
    }
  });
});
