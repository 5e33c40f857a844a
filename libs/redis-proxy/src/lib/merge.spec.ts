import type { Gather } from '@distributed-cache/redis-server';
import { parseReplies } from '@distributed-cache/redis-server/testing';
import { ReplyWriter } from '@distributed-cache/resp';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { merge, withoutRepetition } from './merge.ts';

function merged(gather: Gather, answers: readonly string[], order?: readonly number[]): string {
  const out = new ReplyWriter();
  const buffers = answers.map((answer) => Buffer.from(answer));
  merge(gather, buffers, out, order);
  return out.take().toString();
}

const list = (values: readonly (string | null)[], protocol: 2 | 3 = 2): string => {
  const out = new ReplyWriter();
  out.protocol = protocol;
  out.array(values.length);
  for (const value of values) {
    if (value === null) out.null();
    else out.bulkText(value);
  }
  return out.take().toString();
};

describe('merge', () => {
  test('adds up integers', () => {
    expect(merged('sum', [':1\r\n', ':0\r\n', ':41\r\n'])).toBe(':42\r\n');
  });

  test('answers OK when all are', () => {
    expect(merged('ok', ['+OK\r\n', '+OK\r\n'])).toBe('+OK\r\n');
  });

  test('joins lists', () => {
    expect(merged('concat', [list(['a', 'b']), list([]), list(['c'])])).toBe(list(['a', 'b', 'c']));
  });

  test.each<Gather>(['sum', 'ok', 'concat', 'values'])('answers the first error (%s)', (gather) => {
    expect(merged(gather, [':1\r\n', '-ERR first\r\n', '-ERR second\r\n'])).toBe('-ERR first\r\n');
  });

  test.each([2, 3] as const)('puts values where their keys are, in RESP%i', (protocol) => {
    // Values may look like anything of the protocol.
    const value = fc.option(fc.oneof(fc.string(), fc.constantFrom('$-1\r\n', '\r\n', '_\r\n', '*2\r\n')));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.infiniteStream(fc.nat(4)), (values, choices) => {
        const parts: number[][] = [];
        values.forEach((_, index) => (parts[choices.next().value as number] ??= []).push(index));
        const used = parts.filter((part) => part !== undefined);
        const answers = used.map((part) =>
          list(
            part.map((index) => values[index]!),
            protocol,
          ),
        );
        expect(merged('values', answers, used.flat())).toBe(list(values, protocol));
      }),
    );
  });

  test('has each element of lists once', () => {
    const answers = [list(['a', 'b']), list(['b', 'c'])].map((answer) => Buffer.from(answer));
    const [once] = withoutRepetition('concat', answers);
    expect(parseReplies(once!)).toEqual([['a', 'b', 'c'].map((text) => Buffer.from(text))]);
    expect(withoutRepetition('sum', answers)).toBe(answers);
  });
});
