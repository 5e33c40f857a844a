import { allocate, parseInteger } from '@distributed-cache/resp';

/** The arguments of one command, its name included: argument i is the bytes [starts[i], ends[i]) of `buffer`. */
export interface Arguments {
  readonly buffer: Buffer;
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Lower case of each byte, for letters of ASCII. */
export const FOLD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/** Whether the argument is this word, in any case. @param word in lower case */
export function isWord(args: Arguments, index: number, word: string): boolean {
  const { buffer } = args;
  const start = args.starts[index]!;
  if (args.ends[index]! - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (FOLD[buffer[start + i]!] !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** A signed 64-bit integer, or undefined when the argument is none. */
export function integerAt(args: Arguments, index: number): number | bigint | undefined {
  return parseInteger(args.buffer, args.starts[index]!, args.ends[index]!);
}

/** The argument with one byte a character. */
export function latin1At(args: Arguments, index: number): string {
  return args.buffer.toString('latin1', args.starts[index], args.ends[index]);
}

/** The argument as errors quote it, and as Redis reads what is no key or value: up to a NUL. @param limit of its length */
export function quotedAt(args: Arguments, index: number, limit = Infinity): string {
  const start = args.starts[index]!;
  const end = Math.min(args.ends[index]!, start + limit);
  const text = args.buffer.toString('latin1', start, end);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

export function textAt(args: Arguments, index: number): string {
  return args.buffer.toString('utf8', args.starts[index], args.ends[index]);
}

/** The argument where it is: only valid while the command runs. */
export function bytesAt(args: Arguments, index: number): Buffer {
  return args.buffer.subarray(args.starts[index], args.ends[index]);
}

/** A copy in memory of its own. */
export function copyOf(args: Arguments, index: number): Buffer {
  const copy = allocate(args.ends[index]! - args.starts[index]!);
  args.buffer.copy(copy, 0, args.starts[index], args.ends[index]);
  return copy;
}

/** Copies of all arguments from `first` on, in one piece of memory: many small ones would be slow to come back. */
export function copiesFrom(args: Arguments, first: number): Buffer[] {
  const { buffer, starts, ends, count } = cloneArguments(args);
  return Array.from({ length: count - first }, (_, i) => buffer.subarray(starts[first + i], ends[first + i]));
}

/** The same arguments in memory of their own, for who goes on when the caller's may change. */
export function cloneArguments({ buffer, count, starts, ends }: Arguments): Arguments {
  let length = 0;
  for (let i = 0; i < count; i++) length += ends[i]! - starts[i]!;
  const clone = {
    buffer: allocate(length),
    count,
    starts: new Int32Array(count),
    ends: new Int32Array(count),
  };
  let at = 0;
  for (let i = 0; i < count; i++) {
    clone.starts[i] = at;
    at += buffer.copy(clone.buffer, at, starts[i], ends[i]);
    clone.ends[i] = at;
  }
  return clone;
}

export function lengthOf(args: Arguments, index: number): number {
  return args.ends[index]! - args.starts[index]!;
}
