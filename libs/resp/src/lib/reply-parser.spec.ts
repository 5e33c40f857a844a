import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReplyLimits } from './limits.ts';
import { byteByByte, cutAt, repliesOf, whole } from './reads.ts';
import { Attributed, Push, type Reply, ReplyError, Verbatim } from './reply.ts';
import { ReplyParser } from './reply-parser.ts';
import { ReplyWriter } from './reply-writer.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');

interface Outcome {
  readonly replies: Reply[];
  readonly error: string | undefined;
}

function outcomeOf(reads: Buffer[], limits?: Partial<ReplyLimits>): Outcome {
  const parser = new ReplyParser(limits);
  const replies = repliesOf(parser, reads);
  return { replies, error: parser.error?.message };
}

function expectOutcome(text: string, expected: Outcome, limits?: Partial<ReplyLimits>): void {
  const bytes = bytesOf(text);
  expect(outcomeOf(whole(bytes), limits)).toEqual(expected);
  expect(outcomeOf(byteByByte(bytes), limits)).toEqual(expected);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
      expect(outcomeOf(cutAt(bytes, cuts), limits)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
}

const b = (text: string) => Buffer.from(text);

describe('replies', () => {
  test.each<[string, Reply]>([
    ['+OK\r\n', 'OK'],
    ['+\r\n', ''],
    ['-ERR unknown command\r\n', new ReplyError('ERR', 'ERR unknown command')],
    ['-LOADING\r\n', new ReplyError('LOADING', 'LOADING')],
    [':0\r\n', 0],
    [':-42\r\n', -42],
    [':9007199254740991\r\n', Number.MAX_SAFE_INTEGER],
    [':9223372036854775807\r\n', 9223372036854775807n],
    [':-9223372036854775808\r\n', -9223372036854775808n],
    ['$5\r\nhello\r\n', b('hello')],
    ['$0\r\n\r\n', b('')],
    ['$6\r\n\r\n\0$1\r\r\n', b('\r\n\0$1\r')],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['_\r\n', null],
    ['*0\r\n', []],
    ['*3\r\n:1\r\n$1\r\na\r\n*1\r\n+b\r\n', [1, b('a'), ['b']]],
    ['*2\r\n*0\r\n*-1\r\n', [[], null]],
    ['#t\r\n', true],
    ['#f\r\n', false],
    [',1.5\r\n', 1.5],
    [',-10\r\n', -10],
    [',1e-7\r\n', 1e-7],
    [',inf\r\n', Infinity],
    [',-inf\r\n', -Infinity],
    [',nan\r\n', NaN],
    ['(3492890328409238509324850943850943825024385\r\n', 3492890328409238509324850943850943825024385n],
    ['(-1\r\n', -1n],
    ['(+1\r\n', 1n],
    ['!21\r\nSYNTAX invalid syntax\r\n', new ReplyError('SYNTAX', 'SYNTAX invalid syntax')],
    ['=8\r\ntxt:some\r\n', new Verbatim('txt', b('some'))],
    ['=4\r\nmkd:\r\n', new Verbatim('mkd', b(''))],
    [
      '%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n',
      new Map<Reply, Reply>([
        ['a', 1],
        ['b', new Map()],
      ]),
    ],
    ['~2\r\n+a\r\n:1\r\n', new Set<Reply>(['a', 1])],
    ['>2\r\n+message\r\n$1\r\nx\r\n', new Push(['message', b('x')])],
    ['|1\r\n+ttl\r\n:5\r\n$1\r\nx\r\n', new Attributed(new Map([['ttl', 5]]), b('x'))],
    ['|1\r\n+k\r\n*1\r\n:1\r\n*1\r\n:2\r\n', new Attributed(new Map([['k', [1]]]), [2])],
    ['*2\r\n:1\r\n|1\r\n+a\r\n:2\r\n:3\r\n', [1, new Attributed(new Map([['a', 2]]), 3)]],
    [
      '|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n:3\r\n',
      new Attributed(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
        3,
      ),
    ],
    ['|0\r\n:3\r\n', new Attributed(new Map(), 3)],
  ])('%j', (text, expected) => {
    expectOutcome(`:7\r\n${text}+next\r\n`, { replies: [7, expected, 'next'], error: undefined });
  });

  test('values stay valid after the bytes are gone', () => {
    const parser = new ReplyParser();
    const read = b('$5\r\nhello\r\n');
    parser.feed(read);
    expect(parser.next()).toBe(true);
    read.fill(0);
    expect(parser.value).toEqual(b('hello'));
  });

  test('a stop in the middle', () => {
    const parser = new ReplyParser();
    const read = b('*2\r\n:1\r\n:2\r\n$3\r\nabc\r\n:4\r\n$5\r\nhe');
    parser.feed(read);
    expect(parser.next()).toBe(true);
    parser.keep();
    read.fill(0);
    const values = [];
    while (parser.next()) values.push(parser.value);
    parser.feed(b('llo\r\n'));
    while (parser.next()) values.push(parser.value);
    expect(values).toEqual([b('abc'), 4, b('hello')]);
  });

  test('a large bulk in small reads', () => {
    const parser = new ReplyParser();
    const length = 4 * 1024 * 1024;
    parser.feed(b(`*2\r\n:1\r\n$${length}\r\n`));
    expect(parser.next()).toBe(false);
    const read = Buffer.alloc(64 * 1024, 'v');
    for (let arrived = 0; arrived < length; arrived += read.length) {
      parser.feed(read);
      expect(parser.next()).toBe(false);
      // Twice what is there, rounded up to a power of two.
      expect(parser.buffer.length).toBeLessThanOrEqual(4 * parser.keptBytes + 4096);
    }
    parser.feed(b('\r\n+next\r\n'));
    expect(parser.next()).toBe(true);
    expect(Buffer.alloc(length, 'v').equals((parser.value as [number, Buffer])[1])).toBe(true);
    expect(parser.next()).toBe(true);
    expect(parser.value).toBe('next');
  });
});

describe('broken replies', () => {
  test.each<[string, string]>([
    ['hello\r\n', 'invalid reply type'],
    ['\r\n', 'invalid reply type'],
    [':\r\n', 'invalid integer'],
    [':1.5\r\n', 'invalid integer'],
    [':9223372036854775808\r\n', 'invalid integer'],
    ['$-2\r\n', 'invalid bulk length'],
    ['$x\r\n', 'invalid bulk length'],
    ['$?\r\n', 'invalid bulk length'],
    ['$536870913\r\n', 'invalid bulk length'],
    ['!-1\r\n', 'invalid bulk length'],
    ['$2\r\nabc\r\n', 'invalid end of a bulk'],
    ['*-2\r\n', 'invalid array length'],
    ['%-1\r\n', 'invalid array length'],
    ['*2147483648\r\n', 'invalid array length'],
    ['_x\r\n', 'invalid null'],
    ['#x\r\n', 'invalid boolean'],
    [',\r\n', 'invalid double'],
    [',0x1\r\n', 'invalid double'],
    ['(1.5\r\n', 'invalid big number'],
    ['=3\r\ntxt\r\n', 'invalid verbatim string'],
    ['=4\r\ntxt.\r\n', 'invalid verbatim string'],
    ['+a\rb\r\n', 'carriage return without line feed'],
    ['*1\r\n'.repeat(129), 'invalid nesting: too deep'],
  ])('%j', (text, reason) => {
    expectOutcome(`+OK\r\n${text}+OK\r\n`, { replies: ['OK'], error: `Protocol error: ${reason}` });
  });

  test('lines and bulks have a limit', () => {
    const limits = { maxLineLength: 32, maxBulkLength: 4 };
    expectOutcome(`+${'a'.repeat(31)}\r\n`, { replies: ['a'.repeat(31)], error: undefined }, limits);
    expectOutcome(`+${'a'.repeat(32)}\r\n`, { replies: [], error: 'Protocol error: line too long' }, limits);
    expectOutcome('$4\r\nabcd\r\n', { replies: [b('abcd')], error: undefined }, limits);
    expectOutcome('$5\r\nabcde\r\n', { replies: [], error: 'Protocol error: invalid bulk length' }, limits);
  });

  test('lengths allocate nothing before the bytes arrive', () => {
    const parser = new ReplyParser();
    expect(repliesOf(parser, whole(b('*2147483647\r\n%1000000000\r\n$536870912\r\nabc')))).toEqual([]);
    expect(parser.error).toBeUndefined();
    expect(parser.buffer.length).toBeLessThan(4096);
  });
});

describe('what a writer writes', () => {
  const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
    reply: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.string({ unit: 'grapheme-ascii' }),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 64n }),
      fc.double({ noInteger: true }),
      fc.boolean(),
      fc.constant(null),
      fc
        .string({ unit: fc.constantFrom('A', 'b', ' ') })
        .map((text) => new ReplyError(`E${text}`.replace(/ .*/, ''), `E${text}`)),
      fc.string().map((text) => new Verbatim('txt', Buffer.from(text))),
      fc.array(tie('reply'), { maxLength: 4 }),
      fc.array(tie('reply'), { maxLength: 4 }).map((items) => new Set(items)),
      fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 3 }).map((entries) => new Map(entries)),
    ),
  }));

  function write(writer: ReplyWriter, value: Reply): void {
    if (typeof value === 'string') writer.simple(value);
    else if (typeof value === 'bigint') writer.bigNumber(value);
    else if (typeof value === 'boolean') writer.boolean(value);
    else if (value === null) writer.null();
    else if (Number.isSafeInteger(value)) writer.integer(value as number);
    else if (typeof value === 'number') writer.double(value);
    else if (Buffer.isBuffer(value)) writer.bulk(value);
    else if (value instanceof ReplyError) writer.error(value.message);
    else if (value instanceof Verbatim) writer.verbatim(value.text.toString());
    else if (value instanceof Map) {
      writer.map(value.size);
      for (const entry of value) for (const part of entry) write(writer, part);
    } else if (value instanceof Set) {
      writer.set(value.size);
      for (const member of value) write(writer, member);
    } else if (Array.isArray(value)) {
      writer.array(value.length);
      for (const element of value) write(writer, element);
    }
  }

  /** What is left of a value for a client that speaks RESP2. */
  function inResp2(value: Reply): Reply {
    if (typeof value === 'bigint') return b(String(value));
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return b(resp2Double(value));
    if (value instanceof Verbatim) return value.text;
    if (value instanceof Map) return [...value].flat().map(inResp2);
    if (value instanceof Set) return [...value].map(inResp2);
    if (Array.isArray(value)) return value.map(inResp2);
    return value;
  }

  function resp2Double(value: number): string {
    const writer = new ReplyWriter();
    writer.protocol = 3;
    writer.double(value);
    return writer.take().toString().slice(1, -2);
  }

  test.each([2, 3] as const)('is what a parser reads, in RESP%d', (protocol) => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 4 }),
        fc.array(fc.nat(500), { maxLength: 6 }),
        (values, cuts) => {
          const writer = new ReplyWriter({ capacity: 64 });
          writer.protocol = protocol;
          for (const value of values) write(writer, value);
          const bytes = writer.take();
          const expected = { replies: protocol === 3 ? values : values.map(inResp2), error: undefined };
          expect(outcomeOf(whole(bytes))).toEqual(expected);
          expect(outcomeOf(cutAt(bytes, cuts))).toEqual(expected);
          expect(outcomeOf(byteByByte(bytes))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('any bytes at all', () => {
  const token = fc.constantFrom(
    ...Array.from('*$+-:_,#(!=%~|>'),
    '\r\n',
    '\r\n',
    '0',
    '1',
    '2',
    '-1',
    'txt:',
    'a',
    '\r',
    ':1\r\n',
    '*1\r\n',
    '$1\r\na\r\n',
    '|1\r\n',
  );
  const noise = fc.array(token, { maxLength: 30 }).map((tokens) => bytesOf(tokens.join('')));
  const random = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));

  test('never harm, and mean the same however they arrive', () => {
    fc.assert(
      fc.property(fc.oneof(noise, random), fc.array(fc.nat(64), { maxLength: 4 }), (bytes, cuts) => {
        const expected = outcomeOf(whole(bytes));
        expect(outcomeOf(cutAt(bytes, cuts))).toEqual(expected);
        expect(outcomeOf(byteByByte(bytes))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });
});
