import { CommandEncoder } from '@distributed-cache/resp';
import type { Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';
import { SCAN_SLOTS } from '../commands/scan.ts';
import { TRANSACT, TRANSACT_ONE, VERSIONS } from '../commands/transactions.ts';

/** What a proxy asks of a data node beside the commands of clients, by the word that names it on the wire. */
export const INTERNAL_COMMANDS: ReadonlyMap<string, Command<unknown>> = new Map([
  ['versions', VERSIONS],
  ['transact', TRANSACT],
  ['transact-one', TRANSACT_ONE],
  ['scan-slots', SCAN_SLOTS],
]);

const WORDS: ReadonlyMap<unknown, string> = new Map(
  [...INTERNAL_COMMANDS].map(([word, command]) => [command, word]),
);

/** The word for a command of clients, which is named by its first argument. */
export const CLIENT_COMMAND = 'command';

/** Arguments before those of the command: the word, the version of the protocol of the answer, whether reads are no uses. */
export const PREFIX = 3;

/** What of a client's state matters to a command about keys. */
export interface Dialect {
  readonly protocol: 2 | 3;
  readonly noTouch: boolean;
}

/** A command about keys as the bytes of a request to a data node. */
export function encodeOperation(command: Command, args: Arguments, { protocol, noTouch }: Dialect): Buffer {
  const { buffer, count, starts, ends } = args;
  const encoder = new CommandEncoder({ capacity: 256 });
  encoder.command(PREFIX + count);
  encoder.bulkText(WORDS.get(command) ?? CLIENT_COMMAND);
  encoder.bulkText(String(protocol));
  encoder.bulkText(noTouch ? '1' : '0');
  for (let i = 0; i < count; i++) encoder.bulk(buffer, starts[i], ends[i]);
  return encoder.take();
}

/** The arguments behind the first ones, where they are. */
export function argumentsAfter({ buffer, count, starts, ends }: Arguments, first: number): Arguments {
  return { buffer, count: count - first, starts: starts.subarray(first), ends: ends.subarray(first) };
}
