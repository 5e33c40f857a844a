import { expect } from '@jest/globals';
import fc from 'fast-check';
import { CommandsAhead } from './commands-ahead.ts';
import type { RequestLimits } from './limits.ts';
import { byteByByte, commandsOf, cutAt, whole } from './reads.ts';
import { RequestParser } from './request-parser.ts';

export const bytesOf = (text: string) => Buffer.from(text, 'latin1');
export const command = (...args: string[]) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

export interface Outcome {
  readonly commands: string[][];
  readonly error: string | undefined;
}

/** What comes of these reads: the same, whether commands are read ahead or not. */
export function outcomeOf(reads: Buffer[], limits?: Partial<RequestLimits>, restricted = false): Outcome {
  const outcome = (ahead?: CommandsAhead): Outcome => {
    const parser = new RequestParser(limits);
    parser.restricted = restricted;
    const commands = commandsOf(parser, reads, ahead);
    return { commands, error: parser.error?.message };
  };
  const plain = outcome();
  expect(outcome(new CommandsAhead(3))).toEqual(plain);
  return plain;
}

/** Every case in every way that its bytes may arrive. */
export function expectOutcome(
  text: string,
  expected: Outcome,
  limits?: Partial<RequestLimits>,
  restricted = false,
): void {
  const bytes = bytesOf(text);
  expect(outcomeOf(whole(bytes), limits, restricted)).toEqual(expected);
  expect(outcomeOf(byteByByte(bytes), limits, restricted)).toEqual(expected);
  const offsets = fc.array(fc.nat(bytes.length), { maxLength: 6 });
  fc.assert(
    fc.property(offsets, (cuts) => {
      expect(outcomeOf(cutAt(bytes, cuts), limits, restricted)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
}

export const PING = command('PING');
