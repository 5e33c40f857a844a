import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { NONE } from '../store.ts';
import { HashIndex } from './hash-index.ts';
import { KeyedHash } from './keyed-hash.ts';
import { Memory } from './memory.ts';

/** An index over real records and payloads, held against a Map. */
class Subject {
  readonly memory: Memory;
  readonly index: HashIndex;
  readonly model = new Map<string, { entry: number; hash: number }>();
  readonly #hashOf: (key: Buffer) => number;

  constructor(maxBytes: number, hashOf?: (key: Buffer) => number) {
    const hash = new KeyedHash();
    this.#hashOf = hashOf ?? ((key) => hash.of(key, 0, key.length));
    this.memory = new Memory(maxBytes, () => {
      this.remove(must(this.model.keys().next().value));
    });
    this.index = new HashIndex(this.memory);
  }

  find(name: string): number {
    const key = Buffer.from(name);
    return this.index.find(this.#hashOf(key), key, 0, key.length);
  }

  add(name: string): void {
    const key = Buffer.from(name);
    const entry = this.memory.records.take(key.length, 0);
    this.memory.payloads.allocate(entry, key.length);
    this.memory.payloads.write(entry, 0, key, 0, key.length);
    const hash = this.#hashOf(key);
    this.index.insert(hash, entry);
    this.model.set(name, { entry, hash });
  }

  remove(name: string): void {
    const { entry, hash } = must(this.model.get(name));
    this.model.delete(name);
    this.index.remove(hash, entry);
    this.memory.payloads.release(entry);
    this.memory.records.giveBack(entry);
  }

  check(): void {
    expect(this.index.size).toBe(this.model.size);
    for (const [name, { entry }] of this.model) if (this.find(name) !== entry) expect(name).toBe('found');
  }
}

describe('HashIndex', () => {
  test('agrees with a Map while it grows and shrinks, at any size', () => {
    const phase = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 1500 }));
    fc.assert(
      fc.property(fc.array(phase, { minLength: 1, maxLength: 12 }), (phases) => {
        const subject = new Subject(1 << 20);
        let next = 0;
        for (const [grows, count] of phases) {
          for (let i = 0; i < count; i++) {
            if (grows) subject.add(`key ${next++}`);
            else if (subject.model.size > 0) subject.remove(must(subject.model.keys().next().value));
          }
          subject.check();
          expect(subject.find('absent')).toBe(NONE);
        }
        for (const name of [...subject.model.keys()]) subject.remove(name);
        expect(subject.memory.pool.bytesTaken).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('tells keys with equal hashes apart', () => {
    const subject = new Subject(1 << 20, (key) => key.length % 3);
    for (let i = 0; i < 20; i++) subject.add('x'.repeat(i + 1));
    subject.check();
    expect(subject.find('y')).toBe(NONE);
    for (const name of ['xx', 'xxxxx', 'x'.repeat(20)]) {
      subject.remove(name);
      expect(subject.find(name)).toBe(NONE);
      subject.check();
    }
  });

  test('finds everything at the extremes of the hash range', () => {
    const extremes = [0, 1, -1, -2, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30)];
    const subject = new Subject(4 << 20, (key) => {
      const i = Number(key.toString());
      return i < 8 ? must(extremes[i]) : Math.imul(i, 0x9e3779b1);
    });
    for (let i = 0; i < 20_000; i++) subject.add(String(i));
    subject.check();
  });

  test('costs 10 to 11 bytes an entry at whatever size, and at most a page while there are few', () => {
    const hash = new KeyedHash();
    const memory = new Memory(256 << 20, () => {
      throw new Error('out of memory');
    });
    const index = new HashIndex(memory);
    const name = Buffer.alloc(4);
    for (let i = 1; i <= 400_000; i++) {
      name.writeInt32LE(i);
      index.insert(hash.of(name, 0, 4), i);
      if (i === 10) expect(memory.pool.bytesTaken).toBeLessThanOrEqual(memory.pool.pageBytes * 1.01);
      if (i > 50_000 && i % 1000 === 0) {
        expect(memory.pool.bytesTaken / i).toBeLessThan(11.5);
      }
    }
    expect(memory.pool.bytesTaken / 400_000).toBeGreaterThan(8);
  });

  test('survives evictions in the middle of its own growth', () => {
    const subject = new Subject(32 * 1024);
    for (let i = 0; i < 5000; i++) {
      subject.add(`key ${i}`);
      if (i % 100 === 0) subject.check();
    }
    expect(subject.model.size).toBeLessThan(1000);
    expect(subject.model.size).toBeGreaterThan(200);
    expect([...subject.model.keys()].at(0)).toBe(`key ${5000 - subject.model.size}`);
  });
});
