import type { Gather } from '@distributed-cache/redis-server';
import type { ReplyWriter } from '@distributed-cache/resp';
import { elementEnd, isError, lineEnd, numberAt } from './answer.ts';

/**
 * Makes one answer of those to the parts of a command. If one is an error, that is the answer.
 * @param order for `values`: which value each one of the parts is in the whole; absent when they are in order
 */
export function merge(
  gather: Gather,
  answers: readonly Buffer[],
  out: ReplyWriter,
  order?: readonly number[],
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

/** For lists that may have elements in common (`concat`): each element once, in one list. */
export function withoutRepetition(gather: Gather, answers: readonly Buffer[]): readonly Buffer[] {
  if (gather !== 'concat' || answers.some(isError)) return answers;
  const elements = new Map<string, Buffer>();
  for (const answer of answers) {
    for (const element of elementsOf(answer)) elements.set(element.toString('latin1'), element);
  }
  return [Buffer.concat([Buffer.from(`*${elements.size}\r\n`), ...elements.values()])];
}

/** Of the numbers in the first lines: integers, or lengths of arrays. */
function sum(answers: readonly Buffer[]): number {
  let total = 0;
  for (const answer of answers) total += numberAt(answer, 0);
  return total;
}

function writeInOrder(answers: readonly Buffer[], order: readonly number[], out: ReplyWriter): void {
  const values: Buffer[] = [];
  answers.flatMap(elementsOf).forEach((value, index) => {
    values[order[index]!] = value;
  });
  for (const value of values) out.raw(value);
}

/** The elements of a list. */
export function elementsOf(answer: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  for (let start = lineEnd(answer, 0); start < answer.length;) {
    const end = elementEnd(answer, start);
    elements.push(answer.subarray(start, end));
    start = end;
  }
  return elements;
}
