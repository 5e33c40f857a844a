import type { Gather } from '@distributed-cache/data-node';
import type { ReplyWriter } from '@distributed-cache/resp';
import { elementEnd, isError, lineEnd, numberAt } from './answer.ts';

/**
 * Makes one answer of those to the parts of a command. If one is an error, that is the answer.
 * @param order for `values`: which value each one of the parts is in the whole; absent when they are in order
 */
export function merge(
  gather: Gather,
  answers: readonly Buffer[],
  order: readonly number[] | undefined,
  out: ReplyWriter,
): void {
  const error = answers.find(isError);
  if (error !== undefined) {
    out.raw(error);
    return;
  }
  switch (gather) {
    case 'sum':
      out.integer(sum(answers));
      return;
    case 'ok':
      out.raw(answers[0]!);
      return;
    case 'concat':
      out.array(sum(answers));
      for (const answer of answers) out.raw(answer, lineEnd(answer, 0));
      return;
    case 'values':
      out.array(sum(answers));
      if (order === undefined) for (const answer of answers) out.raw(answer, lineEnd(answer, 0));
      else writeInOrder(answers, order, out);
      return;
    default:
      throw new Error(`answers to parts of a command that is gathered as ${gather}`);
  }
}

/** Of the numbers in the first lines: integers, or lengths of arrays. */
function sum(answers: readonly Buffer[]): number {
  let total = 0;
  for (const answer of answers) total += numberAt(answer, 0);
  return total;
}

function writeInOrder(answers: readonly Buffer[], order: readonly number[], out: ReplyWriter): void {
  const values: Buffer[] = [];
  let next = 0;
  for (const answer of answers) {
    for (let start = lineEnd(answer, 0); start < answer.length;) {
      const end = elementEnd(answer, start);
      values[order[next++]!] = answer.subarray(start, end);
      start = end;
    }
  }
  for (const value of values) out.raw(value);
}
