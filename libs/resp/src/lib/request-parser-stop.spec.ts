import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandEncoder } from './command-encoder.ts';
import { RespError } from './errors.ts';
import { currentCommand, cutAt } from './reads.ts';
import { RequestParser } from './request-parser.ts';
import { bytesOf, command, PING } from './request-parser.spec-helper.ts';

describe('a stop in the middle', () => {
  const pipeline = bytesOf(
    command('SET', 'a', 'x'.repeat(700)) +
      'inline "a b"\r\n' +
      command('GET', 'b').repeat(3) +
      '*2\r\n$3\r\nDEL\r\n$1',
  );
  const expected = [
    ['SET', 'a', 'x'.repeat(700)],
    ['inline', 'a b'],
    ...Array<string[]>(3).fill(['GET', 'b']),
  ];

  test.each([0, 1, 2, 3, 4, 5])('after %d commands, then on from the kept bytes', (stop) => {
    const parser = new RequestParser();
    const network = Buffer.from(pipeline);
    parser.feed(network);
    const commands: string[][] = [];
    while (commands.length < stop && parser.next()) commands.push(currentCommand(parser));
    parser.keep();
    network.fill(0xee);
    while (parser.next()) commands.push(currentCommand(parser));
    expect(commands).toEqual(expected);
    parser.feed(bytesOf('\r\nk\r\n'));
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)).toEqual(['DEL', 'k']);
    expect(parser.next()).toBe(false);
    expect(parser.keptBytes).toBe(0);
  });

  test('anywhere, again and again, with reads between', () => {
    const commands = fc.array(fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 20 }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(commands, fc.array(fc.nat(2000)), fc.infiniteStream(fc.nat(3)), (sent, cuts, patience) => {
        const encoder = new CommandEncoder();
        for (const args of sent) encoder.encode(...args);
        const parser = new RequestParser();
        const received: string[][] = [];
        for (const read of cutAt(encoder.take(), cuts)) {
          const network = Buffer.from(read);
          parser.feed(network);
          let [left = 0] = patience.take(1);
          while (left-- > 0 && parser.next()) received.push(currentCommand(parser));
          parser.keep();
          network.fill(0xee);
        }
        while (parser.next()) received.push(currentCommand(parser));
        expect(received.map((args) => args.map((arg) => bytesOf(arg).toString()))).toEqual(sent);
        expect(parser.keptBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('kept bytes that are read do not pile up', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(PING.repeat(3)));
    parser.next();
    parser.keep();
    for (let i = 0; i < 1000; i++) {
      parser.feed(bytesOf(PING));
      parser.keep();
      expect(parser.next()).toBe(true);
      expect(currentCommand(parser)).toEqual(['PING']);
    }
    expect(parser.keptBytes).toBe(2 * PING.length);
    expect(parser.buffer.length).toBeLessThan(4096);
  });

  test('a read on top of one that is neither finished nor kept is refused', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(PING + PING));
    parser.next();
    expect(() => parser.feed(bytesOf(PING))).toThrow(RespError);
    parser.keep();
    parser.feed(bytesOf(PING));
    expect([parser.next(), parser.next(), parser.next()]).toEqual([true, true, false]);
  });
});
