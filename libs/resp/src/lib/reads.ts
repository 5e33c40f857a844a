import type { CommandsAhead } from './commands-ahead.ts';
import type { Input } from './input.ts';
import type { Reply } from './reply.ts';
import type { ReplyParser } from './reply-parser.ts';
import type { RequestParser } from './request-parser.ts';

/** A byte that no test sends: what a read leaves behind shows where a parser looks at bytes that are gone. */
const POISON = 0xee;

export function whole(bytes: Buffer): Buffer[] {
  return [bytes];
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

/** Cuts bytes into reads at these offsets, which may come in any order, repeat, and lie beyond the end. */
export function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const cuts = [0, ...offsets.map((offset) => Math.min(offset, bytes.length)), bytes.length];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

/** Feeds reads as a socket does: all through one buffer, which is overwritten as soon as a parser may not use it. */
function feedAll(parser: Input, reads: readonly Buffer[], readMessages: () => void): void {
  const largest = Math.max(0, ...reads.map((read) => read.length));
  const network = Buffer.alloc(largest + 2);
  for (const read of reads) {
    network.fill(POISON);
    read.copy(network, 1);
    parser.feed(network, 1, 1 + read.length);
    readMessages();
  }
}

/** The commands in these reads, with each argument as latin1 text. With `ahead`, they are read ahead where possible. */
export function commandsOf(
  parser: RequestParser,
  reads: readonly Buffer[],
  ahead?: CommandsAhead,
): string[][] {
  const commands: string[][] = [];
  feedAll(parser, reads, () => {
    for (let left = 0; ; left--) {
      if (left === 0 && ahead !== undefined) left = Math.max(parser.lookAhead(ahead), 1);
      if (!parser.next()) break;
      commands.push(currentCommand(parser));
    }
  });
  return commands;
}

/** The arguments of the current command as latin1 text. */
export function currentCommand({ buffer, count, starts, ends }: RequestParser): string[] {
  return Array.from({ length: count }, (_, i) => buffer.toString('latin1', starts[i], ends[i]));
}

/** The replies in these reads. */
export function repliesOf(parser: ReplyParser, reads: readonly Buffer[]): Reply[] {
  const replies: Reply[] = [];
  feedAll(parser, reads, () => {
    while (parser.next()) replies.push(parser.value);
  });
  return replies;
}
