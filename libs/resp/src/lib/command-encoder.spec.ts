import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandEncoder } from './command-encoder.ts';
import { commandsOf, cutAt } from './reads.ts';
import { RequestParser } from './request-parser.ts';

describe('CommandEncoder', () => {
  test('writes one command after the other', () => {
    const encoder = new CommandEncoder();
    encoder.encode('SET', 'ключ', Buffer.from([0, 13, 10]), -5, 2n ** 63n);
    encoder.encode('PING');
    expect(encoder.take().toString()).toBe(
      '*5\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n\0\r\n\r\n$2\r\n-5\r\n$19\r\n9223372036854775808\r\n*1\r\n$4\r\nPING\r\n',
    );
    expect(encoder.length).toBe(0);
  });

  test('writes a command in steps, from byte ranges', () => {
    const encoder = new CommandEncoder();
    encoder.command(3);
    encoder.bulkText('SET');
    encoder.bulk(Buffer.from('..key..'), 2, 5);
    const at = encoder.open(5);
    encoder.buffer.write('value', at);
    expect(encoder.take().toString()).toBe('*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n');
  });

  test('what it writes is what a request parser reads', () => {
    const argument = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ minLength: 60, maxLength: 300 }),
    );
    const commands = fc.array(fc.array(argument, { minLength: 1, maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(commands, fc.array(fc.nat(1000), { maxLength: 8 }), (sent, cuts) => {
        const encoder = new CommandEncoder();
        for (const args of sent) encoder.encode(...args);
        const parser = new RequestParser();
        expect(commandsOf(parser, cutAt(encoder.take(), cuts))).toEqual(
          sent.map((args) => args.map((arg) => Buffer.from(arg).toString('latin1'))),
        );
        expect(parser.error).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
