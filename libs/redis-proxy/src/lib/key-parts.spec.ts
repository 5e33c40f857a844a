import { slotOf } from '@distributed-cache/consistent-hash';
import { COMMANDS, type Arguments, type Command } from '@distributed-cache/redis-server';
import { CommandEncoder, RequestParser } from '@distributed-cache/resp';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyParts } from './key-parts.ts';

const named = (name: string): Command => COMMANDS.find(Buffer.from(name), 0, name.length)!;

function parse(...args: string[]): Arguments {
  const encoder = new CommandEncoder();
  encoder.encode(...args);
  const parser = new RequestParser();
  parser.feed(encoder.take());
  parser.next();
  return parser;
}

const texts = ({ buffer, count, starts, ends }: Arguments): string[] =>
  Array.from({ length: count }, (_, index) => buffer.toString('utf8', starts[index], ends[index]));

/** All parts, as texts. */
function split(parts: KeyParts, ...args: string[]): string[][] {
  const count = parts.split(named(args[0]!), parse(...args));
  return Array.from({ length: count }, (_, part) => texts(parts.select(part)));
}

describe('KeyParts', () => {
  test('puts keys of one slot together, in the order in which slots and keys come', () => {
    const parts = new KeyParts();
    expect(split(parts, 'mset', '{x}1', 'a', 'y', 'b', '{x}2', 'c')).toEqual([
      ['mset', '{x}1', 'a', '{x}2', 'c'],
      ['mset', 'y', 'b'],
    ]);
    expect(parts.order()).toEqual([0, 2, 1]);
    expect(parts.slotOf(1)).toBe(slotOf(Buffer.from('y'), 0, 1));
  });

  test('knows when the parts have the keys in order', () => {
    const parts = new KeyParts();
    expect(split(parts, 'mget', 'a', 'b', 'c')).toHaveLength(3);
    expect(parts.order()).toBeUndefined();
  });

  test('keeps each key and its value, in order, in the part of its slot', () => {
    const parts = new KeyParts();
    const key = fc.constantFrom('', '{a}', '{b}', '{c}').chain((tag) => fc.nat(200).map((n) => `${tag}${n}`));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.string()), { minLength: 1, maxLength: 300 }), (pairs) => {
        const slot = ([name]: readonly [string, string]): number => {
          const bytes = Buffer.from(name);
          return slotOf(bytes, 0, bytes.length);
        };
        const expected = new Map<number, string[]>();
        for (const pair of pairs) {
          expected.set(slot(pair), [...(expected.get(slot(pair)) ?? ['mset']), ...pair]);
        }
        expect(split(parts, 'mset', ...pairs.flat())).toEqual([...expected.values()]);
        const order = parts.order() ?? pairs.map((_, index) => index);
        const byPart = [...expected.values()].flatMap((part) => part.slice(1));
        expect(order.flatMap((index) => pairs[index]!)).toEqual(byPart);
      }),
    );
  });
});
