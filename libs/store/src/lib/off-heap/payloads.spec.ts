import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { Memory } from './memory.ts';
import { VALUE_LENGTH } from './records.ts';
import { SizeClasses } from './size-classes.ts';

const noise = Buffer.alloc(1 << 20);
for (let i = 0, state = 1; i < noise.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  noise[i] = state >>> 24;
}
const KEY_LENGTH = 3;

/** Payloads held against Buffers; when memory is short, the oldest goes, but never the one being written. */
class Subject {
  readonly memory: Memory;
  readonly model = new Map<number, Buffer>();
  #writing = -1;

  constructor(maxBytes: number) {
    this.memory = new Memory(maxBytes, () => {
      this.remove(must([...this.model.keys()].find((entry) => entry !== this.#writing)));
    });
  }

  /** @param length of the whole payload, its key included */
  add(length: number, seed: number): number {
    const { records, payloads } = this.memory;
    const bytes = Buffer.from(noise.subarray(seed, seed + length));
    const entry = records.take(KEY_LENGTH, 0);
    payloads.allocate(entry, length);
    records.set(entry, VALUE_LENGTH, length - KEY_LENGTH);
    payloads.write(entry, 0, bytes, 0, 2);
    payloads.write(entry, 2, bytes, 2, length);
    this.model.set(entry, bytes);
    return entry;
  }

  grow(entry: number, length: number, seed: number): void {
    const { records, payloads } = this.memory;
    const before = must(this.model.get(entry));
    this.#writing = entry;
    payloads.grow(entry, before.length, length);
    this.#writing = -1;
    records.set(entry, VALUE_LENGTH, length - KEY_LENGTH);
    const gap = Math.floor((before.length + length) / 2);
    payloads.fillZero(entry, before.length, gap);
    payloads.write(entry, gap, noise, seed, seed + length - gap);
    const after = Buffer.alloc(length);
    before.copy(after);
    noise.copy(after, gap, seed, seed + length - gap);
    this.model.set(entry, after);
  }

  remove(entry: number): void {
    this.model.delete(entry);
    this.memory.payloads.release(entry);
    this.memory.records.giveBack(entry);
  }

  check(): void {
    for (const [entry, bytes] of this.model) {
      const copy = Buffer.alloc(bytes.length);
      this.memory.payloads.read(entry, 0, bytes.length, copy, 0);
      expect(copy.equals(bytes)).toBe(true);
      const [from, to] = [bytes.length >> 1, bytes.length - (bytes.length >> 3)];
      this.memory.payloads.read(entry, from, to, copy, 0);
      expect(copy.subarray(0, to - from).equals(bytes.subarray(from, to))).toBe(true);
      expect(this.memory.payloads.keyEquals(entry, bytes, 0, KEY_LENGTH)).toBe(true);
    }
  }
}

/** Lengths around every place where the shape of a payload changes. */
function borders(pageBytes: number): number[] {
  const { sizes, largest } = new SizeClasses(pageBytes);
  const piece = largest - 12;
  const around = [...sizes.map((size) => size - 4), largest, piece, 2 * piece, 3 * piece];
  for (const size of sizes) around.push(piece + size - 12, 2 * piece + size - 12);
  const lengths = around.flatMap((length) => [length - 1, length, length + 1]);
  return [...new Set(lengths.filter((length) => length >= KEY_LENGTH))];
}

describe('Payloads', () => {
  test.each([1 << 20, 16 << 20, 256 << 20])(
    'keeps lengths around every border, in a budget of %i',
    (maxBytes) => {
      const subject = new Subject(maxBytes);
      for (const length of borders(subject.memory.pool.pageBytes)) subject.add(length, length % 1000);
      subject.check();
      for (const entry of [...subject.model.keys()]) subject.remove(entry);
      expect(subject.memory.pool.bytesTaken).toBe(0);
    },
  );

  test('grows from each border to each other, and keeps what was there', () => {
    const lengths = borders(1024).filter((_, i) => i % 3 !== 1 || i < 12);
    for (const before of lengths) {
      const subject = new Subject(256 * 1024);
      for (const after of lengths) {
        if (after < before) continue;
        const entry = subject.add(before, 7);
        subject.grow(entry, after, 500);
        subject.check();
        subject.remove(entry);
      }
      expect(subject.memory.pool.bytesTaken).toBe(0);
    }
  });

  test('agrees with Buffers in a memory that is always short, so that blocks move and entries go', () => {
    const length = fc.oneof(
      fc.integer({ min: KEY_LENGTH, max: 300 }),
      fc.integer({ min: KEY_LENGTH, max: 6000 }),
    );
    const action = fc.tuple(fc.constantFrom('add', 'add', 'grow', 'remove'), length, fc.nat(5000));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150, size: 'max' }), (script) => {
        const subject = new Subject(40 * 1024);
        for (const [what, bytes, random] of script) {
          const entry = [...subject.model.keys()][random % Math.max(subject.model.size, 1)];
          if (what === 'add' || entry === undefined) subject.add(bytes, random);
          else if (what === 'remove') subject.remove(entry);
          else {
            const before = must(subject.model.get(entry)).length;
            if (before + bytes < 12_000) subject.grow(entry, before + bytes, random);
          }
        }
        subject.check();
      }),
      { numRuns: 100 },
    );
  });

  test('tells keys apart that lie across pieces', () => {
    const { records, payloads } = new Memory(1 << 20, () => {
      throw new Error('out of memory');
    });
    const key = noise.subarray(0, 5000);
    const entry = records.take(key.length, 0);
    payloads.allocate(entry, key.length);
    payloads.write(entry, 0, key, 0, key.length);
    expect(payloads.keyEquals(entry, key, 0, key.length)).toBe(true);
    for (let at = 0; at < key.length; at += 61) {
      const other = Buffer.from(key);
      other[at] = must(other[at]) ^ 0x10;
      expect(payloads.keyEquals(entry, other, 0, other.length)).toBe(false);
    }
  });
});
