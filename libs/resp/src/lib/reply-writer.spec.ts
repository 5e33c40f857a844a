import { describe, expect, test } from '@jest/globals';
import { RespError } from './errors.ts';
import { errorReply, ReplyWriter, simpleReply } from './reply-writer.ts';

function written(protocol: 2 | 3, write: (writer: ReplyWriter) => void): string {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  write(writer);
  return writer.take().toString('latin1');
}

describe('answers', () => {
  test.each<[string, (writer: ReplyWriter) => void, resp2: string, resp3?: string]>([
    ['simple string', (w) => w.simple('OK'), '+OK\r\n'],
    ['error', (w) => w.error('ERR syntax error'), '-ERR syntax error\r\n'],
    ['error that quotes bytes', (w) => w.error("ERR unknown '\xff\r\n'"), "-ERR unknown '\xff  '\r\n"],
    ['error that ends in lines', (w) => w.error('ERR un\r\nknown\r\n\n'), '-ERR un  known\r\n'],
    ['raw', (w) => w.raw(Buffer.from('..+OK\r\n..'), 2, 7), '+OK\r\n'],
    ['bulk', (w) => w.bulk(Buffer.from('..a\0\r\n..'), 2, 6), '$4\r\na\0\r\n\r\n'],
    ['empty bulk', (w) => w.bulk(Buffer.alloc(0)), '$0\r\n\r\n'],
    ['bulk of text', (w) => w.bulkText('é'), '$2\r\n\xc3\xa9\r\n'],
    ['null', (w) => w.null(), '$-1\r\n', '_\r\n'],
    ['null array', (w) => w.nullArray(), '*-1\r\n', '_\r\n'],
    ['array', (w) => w.array(2), '*2\r\n'],
    ['large array', (w) => w.array(1048576), '*1048576\r\n'],
    ['map', (w) => w.map(3), '*6\r\n', '%3\r\n'],
    ['set', (w) => w.set(3), '*3\r\n', '~3\r\n'],
    ['push', (w) => w.push(3), '*3\r\n', '>3\r\n'],
    ['double', (w) => w.double(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
    ['infinity', (w) => w.double(-Infinity), '$4\r\n-inf\r\n', ',-inf\r\n'],
    ['not a number', (w) => w.double(NaN), '$3\r\nnan\r\n', ',nan\r\n'],
    ['true', (w) => w.boolean(true), ':1\r\n', '#t\r\n'],
    ['false', (w) => w.boolean(false), ':0\r\n', '#f\r\n'],
    [
      'big number',
      (w) => w.bigNumber(-(2n ** 70n)),
      '$23\r\n-1180591620717411303424\r\n',
      '(-1180591620717411303424\r\n',
    ],
    ['verbatim text', (w) => w.verbatim('é'), '$2\r\n\xc3\xa9\r\n', '=6\r\ntxt:\xc3\xa9\r\n'],
    ['verbatim markdown', (w) => w.verbatim('# a', 'mkd'), '$3\r\n# a\r\n', '=7\r\nmkd:# a\r\n'],
  ])('%s', (_name, write, resp2, resp3 = resp2) => {
    expect(written(2, write)).toBe(resp2);
    expect(written(3, write)).toBe(resp3);
  });

  test.each<[number | bigint, string]>([
    [0, '0'],
    [-0, '0'],
    [9, '9'],
    [10, '10'],
    [-1, '-1'],
    [-10, '-10'],
    [65536, '65536'],
    [2147483647, '2147483647'],
    [2147483648, '2147483648'],
    [-2147483647, '-2147483647'],
    [-2147483648, '-2147483648'],
    [-2147483649, '-2147483649'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    [5n, '5'],
    [9223372036854775807n, '9223372036854775807'],
    [-9223372036854775808n, '-9223372036854775808'],
    [2 ** 53, '9007199254740992'],
    [2 ** 63, '9223372036854775808'],
    [-(2 ** 63), '-9223372036854775808'],
    [10 ** 21, '1000000000000000000000'],
  ])('integer %s', (value, digits) => {
    expect(written(2, (w) => w.integer(value))).toBe(`:${digits}\r\n`);
  });

  test.each([1.5, NaN, Infinity])('%d is refused as an integer', (value) => {
    const writer = new ReplyWriter();
    expect(() => writer.integer(value)).toThrow(RespError);
    expect(writer.length).toBe(0);
  });

  test('prepared answers', () => {
    expect(simpleReply('QUEUED').toString()).toBe('+QUEUED\r\n');
    expect(errorReply('NOAUTH Authentication required.').toString()).toBe(
      '-NOAUTH Authentication required.\r\n',
    );
  });

  test('a bulk whose value is put in place later', () => {
    const writer = new ReplyWriter();
    writer.simple('OK');
    // The shape that a store asks for.
    const sink: { open(length: number): number; readonly buffer: Uint8Array } = writer;
    const at = sink.open(300_000);
    sink.buffer.fill(0x76, at, at + 300_000);
    writer.integer(1);
    expect(writer.take().toString()).toBe(`+OK\r\n$300000\r\n${'v'.repeat(300_000)}\r\n:1\r\n`);
  });

  test('an array that is counted at its end', () => {
    const writer = new ReplyWriter({ capacity: 64 });
    writer.simple('before');
    const at = writer.length;
    for (let i = 0; i < 12; i++) writer.integer(i);
    writer.wrapArray(at, 12);
    writer.wrapArray(writer.length, 0);
    expect(writer.take().toString()).toBe(
      `+before\r\n*12\r\n${Array.from({ length: 12 }, (_, i) => `:${i}\r\n`).join('')}*0\r\n`,
    );
  });

  test('copies ranges of every length', () => {
    const source = Buffer.from(Array.from({ length: 300 }, (_, i) => i));
    for (let length = 0; length < 200; length++) {
      const writer = new ReplyWriter();
      writer.bulk(source, 7, 7 + length);
      const expected = Buffer.concat([
        Buffer.from(`$${length}\r\n`),
        source.subarray(7, 7 + length),
        Buffer.from('\r\n'),
      ]);
      expect(writer.take().equals(expected)).toBe(true);
    }
  });
});

describe('the buffer', () => {
  test('grows and keeps what is in it', () => {
    const writer = new ReplyWriter({ capacity: 64 });
    let expected = '';
    const value = Buffer.from('value'.repeat(20));
    for (let i = 0; i < 2000; i++) {
      writer.bulk(value);
      expected += `$100\r\n${value.toString()}\r\n`;
    }
    expect(writer.view().toString()).toBe(expected);
    expect(writer.buffer.length).toBeLessThan(3 * expected.length);
  });

  test('is used again after a reset, but not when it has grown too large', () => {
    const writer = new ReplyWriter({ keptCapacity: 128 * 1024 });
    writer.simple('OK');
    const { buffer } = writer;
    writer.reset();
    writer.simple('OK');
    expect(writer.buffer).toBe(buffer);
    writer.open(1_000_000);
    writer.reset();
    expect(writer.buffer.length).toBe(0);
    writer.simple('OK');
    expect(writer.view().toString()).toBe('+OK\r\n');
    expect(writer.buffer.length).toBe(64 * 1024);
  });

  test('that was detached is never written again', () => {
    const writer = new ReplyWriter();
    writer.simple('first');
    const lent = writer.view();
    writer.detach();
    writer.simple('other');
    expect(lent.toString()).toBe('+first\r\n');
    expect(writer.view().toString()).toBe('+other\r\n');
  });

  test.each([10, 4096, 100_000])('%d bytes that were taken are never written again', (length) => {
    const writer = new ReplyWriter();
    writer.raw(Buffer.alloc(length, 'a'));
    const taken = writer.take();
    writer.raw(Buffer.alloc(length, 'b'));
    expect(taken.equals(Buffer.alloc(length, 'a'))).toBe(true);
    // A few bytes that wait do not hold a whole buffer.
    if (length === 10) expect(taken.buffer.byteLength).toBeLessThan(64 * 1024);
  });

  test('gives back what was written since', () => {
    const writer = new ReplyWriter();
    writer.simple('OK');
    const mark = writer.length;
    writer.array(3);
    writer.length = mark;
    writer.error('ERR no');
    expect(writer.take().toString()).toBe('+OK\r\n-ERR no\r\n');
  });

  test('does not grow beyond its limit, and keeps what it has', () => {
    const writer = new ReplyWriter({ maxLength: 1000 });
    writer.simple('OK');
    expect(() => writer.open(996)).toThrow(
      new RespError('output-full', 'the output exceeds its limit of 1000 bytes'),
    );
    expect(writer.view().toString()).toBe('+OK\r\n');
  });

  test('takes no more room when writes beyond its limit are lost, and says so once', () => {
    const writer = new ReplyWriter({ maxLength: 1000, capacity: 64, whenFull: 'discard' });
    writer.simple('OK');
    const before = writer.length;
    const value = Buffer.alloc(300, 'x');
    for (let i = 0; i < 1000; i++) {
      writer.bulk(value);
      writer.integer(i);
    }
    writer.wrapArray(before, 2000);
    expect(writer.buffer.length).toBeLessThan(1400);
    expect(writer.overflowed).toBe(true);
    expect(() => {
      writer.checkOverflow();
    }).toThrow(new RespError('output-full', 'the output exceeds its limit of 1000 bytes'));
    writer.length = before;
    writer.checkOverflow();
    writer.integer(1);
    expect(writer.view().toString()).toBe('+OK\r\n:1\r\n');
  });

  test('a bulk beyond the limit, which is lost, has its room', () => {
    const writer = new ReplyWriter({ maxLength: 100, capacity: 64, whenFull: 'discard' });
    const at = writer.open(5000);
    expect(writer.buffer.length).toBeGreaterThanOrEqual(at + 5002);
    expect(writer.overflowed).toBe(true);
  });

  test.each([{ capacity: 0 }, { keptCapacity: -1 }, { maxLength: 2 ** 31 }])(
    'options are checked: %j',
    (options) => {
      expect(() => new ReplyWriter(options)).toThrow(Object.keys(options)[0]);
    },
  );
});
