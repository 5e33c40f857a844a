import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byteByByte, cutAt, whole } from './reads.ts';
import { bytesOf, command, outcomeOf, type Outcome } from './request-parser.spec-helper.ts';

/** What Redis does, in the plainest words: the whole input as one text. */
function naive(text: string): Outcome {
  const commands: string[][] = [];
  const failed = (reason: string): Outcome => ({ commands, error: `Protocol error: ${reason}` });
  const line = (at: number, end: string, extra: number): string | undefined => {
    const stop = text.indexOf(end, at);
    return stop < 0 || stop + extra >= text.length ? undefined : text.slice(at, stop);
  };
  const integer = (digits: string) => (/^(0|-?[1-9]\d{0,18})$/.test(digits) ? BigInt(digits) : undefined);

  let at = 0;
  next: while (at < text.length) {
    if (text[at] !== '*') {
      const found = line(at, '\n', 0);
      if (found === undefined) break;
      at += found.length + 1;
      const words = found.match(/[^ \t\r\n\v\f][^ \t\r\n]*/g) ?? [];
      if (words.length > 0) commands.push([...words]);
      continue;
    }
    const countLine = line(at, '\r', 1);
    if (countLine === undefined) break;
    const count = integer(countLine.slice(1));
    if (count === undefined || count > 1048576n || count < -(2n ** 63n))
      return failed('invalid multibulk length');
    at += countLine.length + 2;
    const args: string[] = [];
    while (args.length < count) {
      const lengthLine = line(at, '\r', 1);
      if (lengthLine === undefined) break next;
      const got = lengthLine === '' || lengthLine.startsWith('\n') ? ' ' : lengthLine.charAt(0);
      if (got !== '$') return failed(`expected '$', got '${got}'`);
      const length = integer(lengthLine.slice(1));
      if (length === undefined || length < 0n || length > 536870912n) return failed('invalid bulk length');
      at += lengthLine.length + 2;
      if (at + Number(length) + 2 > text.length) break next;
      args.push(text.slice(at, at + Number(length)));
      at += Number(length) + 2;
    }
    if (args.length > 0) commands.push(args);
  }
  return { commands, error: undefined };
}

describe('any bytes at all', () => {
  // Bytes that mean something, so that random input gets somewhere. Quotes are left to the tables: naive has none.
  const token = fc.constantFrom(
    '*',
    '$',
    '\r\n',
    '\r',
    '\n',
    '-',
    '0',
    '1',
    '2',
    '3',
    '4',
    '10',
    ' ',
    'PING',
    '*1\r\n',
    '$4\r\n',
    '\0',
    '\xff',
    'a\v',
  );
  const noise = fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join(''));
  const commands = fc
    .array(
      fc.array(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\0', '*', '$', '1'), maxLength: 12 }), {
        minLength: 1,
        maxLength: 4,
      }),
      { maxLength: 5 },
    )
    .map((all) => all.map((args) => command(...args)).join(''));
  const mutated = fc
    .tuple(commands, fc.nat(200), fc.nat(3), token)
    .map(([text, at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut));

  test('are read as the plainest reader does, however they arrive', () => {
    fc.assert(
      fc.property(
        fc.oneof(noise, commands, mutated),
        fc.array(fc.nat(100), { maxLength: 5 }),
        (text, cuts) => {
          const bytes = bytesOf(text);
          const expected = naive(text);
          expect(outcomeOf(whole(bytes))).toEqual(expected);
          expect(outcomeOf(cutAt(bytes, cuts))).toEqual(expected);
          expect(outcomeOf(byteByByte(bytes))).toEqual(expected);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('never harm, and mean the same however they arrive', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.nat(64), { maxLength: 4 }),
        (random, cuts) => {
          const bytes = Buffer.from(random);
          expect(outcomeOf(cutAt(bytes, cuts))).toEqual(outcomeOf(whole(bytes)));
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
