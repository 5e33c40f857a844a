import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandsAhead } from './commands-ahead.ts';
import { CommandEncoder } from './command-encoder.ts';
import { ProtocolError, RespError } from './errors.ts';
import type { RequestLimits } from './limits.ts';
import { byteByByte, commandsOf, currentCommand, cutAt, whole } from './reads.ts';
import { RequestParser } from './request-parser.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const command = (...args: string[]) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

interface Outcome {
  readonly commands: string[][];
  readonly error: string | undefined;
}

/** What comes of these reads: the same, whether commands are read ahead or not. */
function outcomeOf(reads: Buffer[], limits?: Partial<RequestLimits>, restricted = false): Outcome {
  const [plain, ahead] = [undefined, new CommandsAhead(3)].map((each) => {
    const parser = new RequestParser(limits);
    parser.restricted = restricted;
    const commands = commandsOf(parser, reads, each);
    return { commands, error: parser.error?.message };
  });
  expect(ahead).toEqual(plain);
  return plain!;
}

/** Every case in every way that its bytes may arrive. */
function expectOutcome(
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

const PING = command('PING');

describe('commands', () => {
  test.each<[string, string, string[][]]>([
    ['one argument', PING, [['PING']]],
    ['three arguments', command('SET', 'key', 'value'), [['SET', 'key', 'value']]],
    ['empty arguments', command('SET', '', ''), [['SET', '', '']]],
    [
      'more arguments than there was room for',
      command(...'abcdefghijklmnopqrstuvwxyz0123456789'),
      [[...'abcdefghijklmnopqrstuvwxyz0123456789']],
    ],
    [
      'line ends, NUL and protocol inside arguments',
      command('SET', '\r\n\0*1\r\n', '$-1\r\n\xff'),
      [['SET', '\r\n\0*1\r\n', '$-1\r\n\xff']],
    ],
    ['a pipeline', command('GET', 'a') + command('GET', 'b') + PING, [['GET', 'a'], ['GET', 'b'], ['PING']]],
    ['arrays without elements', `*0\r\n*-1\r\n*-9223372036854775808\r\n${PING}*0\r\n`, [['PING']]],
    [
      'lengths of many digits',
      command('x'.repeat(9), 'y'.repeat(10), 'z'.repeat(1234)),
      [['x'.repeat(9), 'y'.repeat(10), 'z'.repeat(1234)]],
    ],
    ['any two bytes after a bulk', '*1\r\n$4\r\nPINGab*1\r\n$4\r\nPING\0\0', [['PING'], ['PING']]],
    ['any byte after a carriage return', '*1\rx$4\rxPING\r\n', [['PING']]],
    ['inline', 'PING\r\n', [['PING']]],
    [
      'inline without a carriage return',
      'SET a b\nGET a\n',
      [
        ['SET', 'a', 'b'],
        ['GET', 'a'],
      ],
    ],
    ['inline with quotes', 'SET "a \\x41\\n" \'b c\'\r\nPING\r\n', [['SET', 'a A\n', 'b c'], ['PING']]],
    ['empty lines', `\r\n\n  \r\n${PING}\r\n`, [['PING']]],
    ['inline between others', `${PING}ECHO hi\r\n${PING}`, [['PING'], ['ECHO', 'hi'], ['PING']]],
    ['an empty name', '""\r\n*1\r\n$0\r\n\r\n', [[''], ['']]],
    ['half a command', '*2\r\n$3\r\nGET\r\n$5\r\nke', []],
    ['nothing', '', []],
  ])('%s', (_name, text, commands) => {
    expectOutcome(text, { commands, error: undefined });
  });

  test('a command that lies within a read is parsed where it is, and nothing is allocated', () => {
    const parser = new RequestParser();
    const read = bytesOf(`..${command('SET', 'key', 'value')}..`);
    const { starts, ends } = parser;
    for (let i = 0; i < 3; i++) {
      parser.feed(read, 2, read.length - 2);
      expect(parser.next()).toBe(true);
      expect(parser.buffer).toBe(read);
      expect(parser.starts).toBe(starts);
      expect(parser.ends).toBe(ends);
      expect(currentCommand(parser)).toEqual(['SET', 'key', 'value']);
      expect(parser.next()).toBe(false);
      expect(parser.keptBytes).toBe(0);
    }
  });

  test('after the end of an unfinished command, parsing goes on in the read itself', () => {
    const parser = new RequestParser();
    const text = command('SET', 'key', 'value'.repeat(1000));
    parser.feed(bytesOf(text.slice(0, 100)));
    expect(parser.next()).toBe(false);
    expect(parser.keptBytes).toBe(100);
    const read = bytesOf(text.slice(100) + PING.repeat(2));
    parser.feed(read);
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)[2]).toHaveLength(5000);
    expect(parser.buffer).not.toBe(read);
    expect(parser.next()).toBe(true);
    expect(parser.buffer).toBe(read);
    expect(currentCommand(parser)).toEqual(['PING']);
  });
});

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
          let left: number = patience.next().value!;
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

describe('broken requests answer in the words of Redis', () => {
  const invalidCount = 'Protocol error: invalid multibulk length';
  const invalidLength = 'Protocol error: invalid bulk length';
  test.each<[string, string]>([
    ['*\r\n', invalidCount],
    ['*abc\r\n', invalidCount],
    ['*01\r\n', invalidCount],
    ['*-0\r\n', invalidCount],
    ['*+1\r\n', invalidCount],
    ['* 1\r\n', invalidCount],
    ['*1 \r\n', invalidCount],
    ['*\n1\r\n', invalidCount],
    ['*1048577\r\n', invalidCount],
    ['*2147483648\r\n', invalidCount],
    ['*9223372036854775808\r\n', invalidCount],
    ['*-9223372036854775809\r\n', invalidCount],
    ['*1\r\n$\r\n', invalidLength],
    ['*1\r\n$-1\r\n', invalidLength],
    ['*1\r\n$-0\r\n', invalidLength],
    ['*1\r\n$04\r\nPING\r\n', invalidLength],
    ['*1\r\n$00\r\n\r\n', invalidLength],
    ['*1\r\n$4x\r\nPING\r\n', invalidLength],
    ['*1\r\n$536870913\r\n', invalidLength],
    ['*1\r\n$99999999999999999999\r\n', invalidLength],
    ['*1\r\n:1\r\n', "Protocol error: expected '$', got ':'"],
    ['*1\r\nPING\r\n', "Protocol error: expected '$', got 'P'"],
    ['*1\r\n*1\r\n$4\r\nPING\r\n', "Protocol error: expected '$', got '*'"],
    ['*1\r\n\r\n', "Protocol error: expected '$', got ' '"],
    ['*1\r\n\n\r\n', "Protocol error: expected '$', got ' '"],
    ['*1\r\n\xe9\r\n', "Protocol error: expected '$', got '\xe9'"],
    ['GET "a\r\n', 'Protocol error: unbalanced quotes in request'],
    ["GET 'a'b\r\n", 'Protocol error: unbalanced quotes in request'],
  ])('%j', (text, error) => {
    expectOutcome(`${PING}${text}${PING}`, { commands: [['PING']], error });
  });

  const limits = { maxLineLength: 64 };
  test.each<[string, string, string | undefined]>([
    ['inline, longest', `${'a'.repeat(64)}\n`, undefined],
    ['inline, longest with CR', `${'a'.repeat(63)}\r\n`, undefined],
    ['inline, too long', `${'a'.repeat(65)}\n`, 'Protocol error: too big inline request'],
    ['inline, too long and not at its end', 'a'.repeat(65), 'Protocol error: too big inline request'],
    ['count, long', `*${'1'.repeat(63)}\r\n`, invalidCount],
    ['count, too long', `*${'1'.repeat(64)}\r\n`, 'Protocol error: too big mbulk count string'],
    ['length, long', `*1\r\n$${'1'.repeat(63)}\r\n`, invalidLength],
    ['length, too long', `*1\r\n$${'1'.repeat(64)}\r\n`, 'Protocol error: too big bulk count string'],
    [
      'length without a dollar, too long',
      `*1\r\n${'x'.repeat(65)}`,
      'Protocol error: too big bulk count string',
    ],
  ])('line length: %s', (_name, text, error) => {
    const commands = error === undefined ? [[text.trim()]] : [];
    expectOutcome(text, { commands, error }, limits);
  });

  test('the default line length is that of Redis', () => {
    const long = 'a'.repeat(64 * 1024);
    expect(outcomeOf([bytesOf(`${long}\n`)])).toEqual({ commands: [[long]], error: undefined });
    expect(outcomeOf([bytesOf(`${long}a`)]).error).toBe('Protocol error: too big inline request');
    expect(outcomeOf([bytesOf(`*${'1'.repeat(65535)}`)]).error).toBeUndefined();
    expect(outcomeOf([bytesOf(`*${'1'.repeat(65536)}`)]).error).toBe(
      'Protocol error: too big mbulk count string',
    );
  });

  test.each<[string, Partial<RequestLimits>, string | undefined]>([
    [command('a', 'b', 'c'), { maxArguments: 3 }, undefined],
    [command('a', 'b', 'c'), { maxArguments: 2 }, invalidCount],
    [command('a', 'bcd'), { maxBulkLength: 3 }, undefined],
    [command('a', 'bcd'), { maxBulkLength: 2 }, invalidLength],
    [command('a', 'b'.repeat(21)), { maxCommandLength: 39 }, undefined],
    [
      command('a', 'b'.repeat(22)),
      { maxCommandLength: 39 },
      'Protocol error: max query buffer length reached',
    ],
  ])('%j within %j', (text, limits, error) => {
    const commands = error === undefined ? outcomeOf([bytesOf(text)]).commands : [];
    expect(error === undefined).toBe(commands.length === 1);
    expectOutcome(text, { commands, error }, limits);
  });

  test.each<[string, string | undefined]>([
    ['*10\r\n', undefined],
    ['*11\r\n', 'Protocol error: unauthenticated multibulk length'],
    ['*1048577\r\n', 'Protocol error: unauthenticated multibulk length'],
    ['*2147483648\r\n', invalidCount],
    ['*1\r\n$16384\r\n', undefined],
    ['*1\r\n$16385\r\n', 'Protocol error: unauthenticated bulk length'],
    ['*1\r\n$536870913\r\n', invalidLength],
  ])('before the client has authenticated: %j', (text, error) => {
    expectOutcome(text, { commands: [], error }, {}, true);
  });

  test('authentication lifts the limits for the next command of the same read', () => {
    const parser = new RequestParser();
    parser.restricted = true;
    const long = command('DEL', ...'abcdefghijklmnop');
    parser.feed(bytesOf(command('AUTH', 'secret') + long));
    expect(parser.next()).toBe(true);
    parser.restricted = false;
    expect(parser.next()).toBe(true);
    expect(parser.count).toBe(17);
  });

  test('a limit that changes holds for the next command', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(command('SET', 'abc') + command('SET', 'abc')));
    expect(parser.next()).toBe(true);
    parser.limits = { maxBulkLength: 2 };
    expect(parser.next()).toBe(false);
    expect(parser.error?.code).toBe('invalid-bulk-length');
  });

  test('nothing is read after an error', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf('*x\r\n'));
    expect(parser.next()).toBe(false);
    const { error } = parser;
    expect(error).toBeInstanceOf(ProtocolError);
    parser.feed(bytesOf(PING));
    parser.keep();
    expect(parser.next()).toBe(false);
    expect(parser.error).toBe(error);
    expect(parser.keptBytes).toBe(0);
  });

  test.each<Partial<RequestLimits>>([
    { maxArguments: 0 },
    { maxBulkLength: 2 ** 31 },
    { maxLineLength: 1.5 },
    { maxCommandLength: NaN },
  ])('limits that make no sense are refused: %j', (limits) => {
    expect(() => new RequestParser(limits)).toThrow(RespError);
    expect(() => (new RequestParser().limits = limits)).toThrow(Object.keys(limits)[0]);
  });
});

describe('memory', () => {
  test('an announced length allocates nothing before its bytes arrive', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf('*1048576\r\n$536870912\r\nabc'));
    expect(parser.next()).toBe(false);
    expect(parser.buffer.length).toBeLessThan(4096);
    expect(parser.starts.length).toBe(16);
  });

  test('a large argument in small reads is copied a bounded number of times', () => {
    const length = 24 * 1024 * 1024;
    const parser = new RequestParser();
    const head = bytesOf(`*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`);
    parser.feed(head);
    expect(parser.next()).toBe(false);
    const read = Buffer.alloc(64 * 1024, 'v');
    const buffers = new Set<Buffer>();
    for (let arrived = 0; arrived < length; arrived += read.length) {
      parser.feed(read);
      expect(parser.next()).toBe(false);
      buffers.add(parser.buffer);
      expect(parser.buffer.length).toBeLessThanOrEqual(Math.max(2 * parser.keptBytes, 0) + 4096);
    }
    // Doubling from 64 KiB to 24 MiB.
    expect(buffers.size).toBeLessThanOrEqual(11);
    // No further growth for what follows the large argument.
    parser.feed(bytesOf(`\r\n$2\r\nNX\r\n${PING}`));
    expect(parser.next()).toBe(true);
    buffers.add(parser.buffer);
    expect(buffers.size).toBeLessThanOrEqual(11);
    expect(parser.ends[2] - parser.starts[2]).toBe(length);
    expect(parser.buffer[parser.starts[2]]).toBe(0x76);
    expect(parser.buffer[parser.ends[2] - 1]).toBe(0x76);
    expect(parser.buffer.toString('latin1', parser.starts[3], parser.ends[3])).toBe('NX');
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)).toEqual(['PING']);
    expect(parser.next()).toBe(false);
  });

  test('the buffer of a large argument is let go, even if the next command is unfinished too', () => {
    const parser = new RequestParser();
    const text = command('SET', 'k', 'v'.repeat(100_000)) + '*1\r\n$4\r\nPI';
    parser.feed(bytesOf(text.slice(0, 50_000)));
    expect(parser.next()).toBe(false);
    parser.feed(bytesOf(text.slice(50_000)));
    expect(parser.next()).toBe(true);
    expect(parser.buffer.length).toBeGreaterThan(100_000);
    expect(parser.next()).toBe(false);
    expect(parser.keptBytes).toBe(10);
    expect(parser.buffer.length).toBeLessThan(4096);
  });

  test('many small arguments after a large one do not copy it again and again', () => {
    const parser = new RequestParser();
    const small = Array.from({ length: 5000 }, (_, i) => String(i));
    const bytes = bytesOf(command('MSET', 'k', 'v'.repeat(1_000_000), ...small));
    const buffers = new Set<Buffer>();
    for (let at = 0; at < bytes.length - 1; at += 500) {
      parser.feed(bytes.subarray(at, Math.min(at + 500, bytes.length - 1)));
      expect(parser.next()).toBe(false);
      buffers.add(parser.buffer);
    }
    // Doubling from 500 bytes to a million, and once more for what follows.
    expect(buffers.size).toBeLessThanOrEqual(13);
    parser.feed(bytesOf('\n'));
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser).slice(3)).toEqual(small);
  });

  test('room for very many arguments is let go', () => {
    const parser = new RequestParser();
    const many = Array.from({ length: 10_000 }, (_, i) => String(i));
    expect(commandsOf(parser, whole(bytesOf(command(...many))))).toEqual([many]);
    expect(parser.starts.length).toBeGreaterThanOrEqual(10_000);
    expect(commandsOf(parser, whole(bytesOf(PING)))).toEqual([['PING']]);
    expect(parser.starts.length).toBe(16);
  });
});

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
      const got = lengthLine === '' || lengthLine[0] === '\n' ? ' ' : lengthLine[0];
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

describe('looking ahead', () => {
  const commands = new CommandsAhead(4);
  /** The first arguments that lie ahead of a parser that was fed this and took `taken` commands. */
  function ahead(text: string, taken = 0): string[] {
    const parser = new RequestParser();
    const bytes = bytesOf(text);
    parser.feed(bytes);
    for (let i = 0; i < taken; i++) parser.next();
    const found = parser.lookAhead(commands);
    const { keyStarts, keyEnds } = commands;
    return Array.from({ length: found }, (_, i) =>
      parser.buffer.toString('latin1', keyStarts[i], keyEnds[i]),
    );
  }
  const get = (key: string) => command('GET', key);

  test.each<[string, string, string[]]>([
    [
      'commands of any number of arguments',
      get('a') + command('SET', 'b', 'c') + command('DEL', 'd', 'e'),
      ['a', 'b', 'd'],
    ],
    ['as many as there is room for', get('a').repeat(7), ['a', 'a', 'a', 'a']],
    ['up to one that has not arrived', get('a') + get('b').slice(0, -3), ['a']],
    ['up to one whose last line end has not arrived', get('a') + get('b').slice(0, -1), ['a']],
    ['up to one without arguments', get('a') + PING + get('b'), ['a']],
    ['up to an inline one', `${get('a')}GET b\r\n${get('c')}`, ['a']],
    ['up to one that is wrong', `${get('a')}*2\r\n$3\r\nGET\r\n$x\r\n`, ['a']],
    ['nothing in nothing', '', []],
  ])('finds %s', (_name, text, expected) => {
    expect(ahead(text)).toEqual(expected);
  });

  test('begins behind the current command', () => {
    expect(ahead(get('a') + get('b') + get('c'), 1)).toEqual(['b', 'c']);
  });

  test('may be done at any time, and again', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a') + command('SET', 'b', 'c') + get('d') + PING));
    const seen: string[][] = [];
    expect(parser.lookAhead(commands)).toBe(3);
    expect(parser.lookAhead(commands)).toBe(3);
    while (parser.next()) {
      seen.push(currentCommand(parser));
      parser.lookAhead(commands);
    }
    expect(seen).toEqual([['GET', 'a'], ['SET', 'b', 'c'], ['GET', 'd'], ['PING']]);
  });

  test('leaves commands with many arguments to the reading that takes any number', () => {
    const many = command('DEL', ...'abcdefghijklmnopq');
    expect(ahead(get('a') + many + get('b'))).toEqual(['a']);
    expect(outcomeOf(whole(bytesOf(get('a') + many + get('b')))).commands).toEqual([
      ['GET', 'a'],
      ['DEL', ...'abcdefghijklmnopq'],
      ['GET', 'b'],
    ]);
  });

  test('finds nothing in the middle of a command', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a').slice(0, 10)));
    expect(parser.next()).toBe(false);
    parser.feed(bytesOf(get('b')));
    expect(parser.lookAhead(commands)).toBe(0);
  });

  test('what was read ahead is kept with the rest of the read', () => {
    const parser = new RequestParser();
    const network = bytesOf(get('a') + get('b') + get('c'));
    parser.feed(network);
    parser.lookAhead(commands);
    parser.next();
    parser.keep();
    network.fill(0);
    const seen: string[][] = [];
    while (parser.next()) seen.push(currentCommand(parser));
    expect(seen).toEqual([
      ['GET', 'b'],
      ['GET', 'c'],
    ]);
  });

  test('limits that change hold for what was read ahead', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf(get('a') + get('long') + get('b')));
    parser.lookAhead(commands);
    parser.next();
    parser.limits = { maxBulkLength: 3 };
    expect(parser.next()).toBe(false);
    expect(parser.error?.message).toBe('Protocol error: invalid bulk length');
  });

  test('one serves many parsers', () => {
    const [a, b] = [new RequestParser(), new RequestParser()];
    a.feed(bytesOf(get('a') + get('b')));
    a.lookAhead(commands);
    a.next();
    a.keep();
    b.feed(bytesOf(get('c') + get('d')));
    b.lookAhead(commands);
    for (const [parser, key] of [
      [b, 'c'],
      [a, 'b'],
      [b, 'd'],
    ] as const) {
      expect(parser.next()).toBe(true);
      expect(currentCommand(parser)).toEqual(['GET', key]);
    }
  });
});
