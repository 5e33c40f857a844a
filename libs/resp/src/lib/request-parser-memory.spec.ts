import { describe, expect, test } from '@jest/globals';
import { currentCommand } from './reads.ts';
import { RequestParser } from './request-parser.ts';
import { bytesOf, command, PING } from './request-parser.spec-helper.ts';

describe('memory', () => {
  test('an announced length allocates nothing before its bytes arrive', () => {
    const parser = new RequestParser();
    parser.feed(bytesOf('*1048576\r\n$536870912\r\nabc'));
    expect(parser.next()).toBe(false);
    expect(parser.buffer.length).toBeLessThan(4096);
    expect(parser.starts.length).toBe(16);
  });

  test('the places of many arguments are counted, and let go when nothing follows', () => {
    const parser = new RequestParser();
    const empty = '$0\r\n\r\n';
    const bytes = bytesOf(`*100000\r\n${empty.repeat(100_000)}`);
    parser.feed(bytes.subarray(0, -1));
    expect(parser.next()).toBe(false);
    expect(parser.keptBytes).toBeGreaterThanOrEqual(bytes.length - 1 + 8 * 100_000);
    parser.feed(bytes.subarray(-1));
    expect(parser.next()).toBe(true);
    expect(parser.count).toBe(100_000);
    expect(parser.next()).toBe(false);
    expect(parser.starts.length).toBe(16);
    expect(parser.keptBytes).toBe(0);
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
      // Twice what is there, rounded up to a power of two.
      expect(parser.buffer.length).toBeLessThanOrEqual(4 * parser.keptBytes + 4096);
    }
    // Doubling from 64 KiB to 24 MiB.
    expect(buffers.size).toBeLessThanOrEqual(11);
    // No further growth for what follows the large argument.
    parser.feed(bytesOf(`\r\n$2\r\nNX\r\n${PING}`));
    expect(parser.next()).toBe(true);
    buffers.add(parser.buffer);
    expect(buffers.size).toBeLessThanOrEqual(11);
    const value = parser.buffer.subarray(parser.starts[2], parser.ends[2]);
    expect(value).toHaveLength(length);
    expect([value.at(0), value.at(-1)]).toEqual([0x76, 0x76]);
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
    parser.feed(bytesOf(command(...many) + PING));
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)).toEqual(many);
    expect(parser.starts.length).toBeGreaterThanOrEqual(10_000);
    expect(parser.next()).toBe(true);
    expect(currentCommand(parser)).toEqual(['PING']);
    expect(parser.starts.length).toBe(16);
  });
});
