import { beforeEach, describe, expect, test } from '@jest/globals';
import { SeededRandom, testSeed } from '@distributed-cache/test-kit';
import { EntryRing } from './entry-ring.ts';
import { PagePool } from './pages.ts';
import { TimeMarks } from './time-marks.ts';

const ENTRIES = 60_000;
const MIB = 2 ** 20;
const HOUR = 3_600_000;

/** A list with marks, and when each of its entries was really used. */
class Subject {
  readonly used = new Map<number, number>();
  readonly ring: EntryRing;
  readonly marks: TimeMarks;
  now = 0;

  constructor(limit: number) {
    const pool = new PagePool(4 * MIB);
    this.ring = new EntryRing(pool, ENTRIES);
    this.marks = new TimeMarks(pool, this.ring, ENTRIES + 1, limit);
  }

  use(entry: number, now = this.now): void {
    if (now !== this.now) this.marks.tick(now);
    this.now = now;
    if (this.used.delete(entry)) this.ring.remove(entry);
    this.ring.add(entry);
    this.marks.uses++;
    this.used.set(entry, now);
  }

  remove(entry: number): void {
    if (this.used.delete(entry)) this.ring.remove(entry);
  }

  idle(entry: number): number {
    return this.marks.idleTime(entry, this.now);
  }

  /** By how much each answer is too long, as a part of what would still be right. */
  excesses(): number[] {
    const excesses = [...this.used].map(([entry, time]) => {
      const idle = this.now - time;
      return (this.idle(entry) - idle) / Math.max(100, 0.02 * idle);
    });
    expect(Math.min(...excesses, 0)).toBe(0);
    return excesses;
  }

  /** The most entries on the way from one to a mark. */
  longestWay(): number {
    let longest = 0;
    let way = 0;
    for (let at = this.ring.oldest; at !== ENTRIES; at = this.ring.newerThan(at)) {
      way = this.marks.has(at) ? 0 : way + 1;
      longest = Math.max(longest, way);
    }
    return longest;
  }
}

describe('TimeMarks', () => {
  let subject: Subject;

  beforeEach(() => {
    subject = new Subject(512);
  });

  test('marks are a tenth of a second apart', () => {
    subject.use(1, 5000);
    subject.use(2, 5099);
    subject.use(3, 5100);
    subject.use(4, 5150);
    subject.now = 6000;
    expect([1, 2, 3, 4].map((entry) => subject.idle(entry))).toEqual([1000, 1000, 900, 900]);
    expect(subject.marks.count).toBe(2);
  });

  test('the newest moves on while nothing is used, so that a pause does not count', () => {
    for (let now = 0; now < 5000; now += 10) subject.marks.tick(now);
    subject.use(1, 5000);
    for (let now = 5000; now < 9000; now += 10) subject.marks.tick(now);
    expect(subject.marks.count).toBe(2);
    subject.use(2, 9000);
    expect([subject.idle(1), subject.idle(2)]).toEqual([4000, 0]);
  });

  test('many uses in a short time have marks between them, and those of one moment have none', () => {
    for (let entry = 0; entry < 5000; entry++) subject.use(entry, entry / 1000);
    expect(subject.marks.count).toBe(5);
    expect(subject.longestWay()).toBe(1024);
    for (let entry = 0; entry < 5000; entry++) subject.use(entry, 50);
    expect(subject.longestWay()).toBe(5000);
  });

  test('a mark stays where it is when entries around it are used or removed', () => {
    for (let i = 0; i < 9; i++) subject.use(i, i * 1000);
    subject.use(3);
    subject.remove(5);
    subject.use(8);
    expect([0, 1, 2, 3, 4, 6, 7, 8].map((entry) => subject.idle(entry))).toEqual([
      8000, 7000, 6000, 0, 4000, 2000, 1000, 0,
    ]);
  });

  test('trim drops the oldest that have no entries, and no others', () => {
    for (let i = 0; i < 9; i++) subject.use(i, i * 1000);
    for (const entry of [0, 1, 2, 5]) subject.remove(entry);
    subject.marks.trim();
    expect(subject.marks.count).toBe(6);
    expect(subject.ring.newerThan(subject.ring.oldest)).toBe(3);
    expect(subject.excesses()).toEqual([0, 0, 0, 0, 0]);
    for (const entry of [3, 4, 6, 7, 8]) subject.remove(entry);
    subject.marks.trim();
    expect(subject.marks.count).toBe(1);
    subject.use(1, 9500);
    expect(subject.idle(1)).toBe(0);
  });

  test('reset: one mark is left, and the time goes on', () => {
    for (let i = 0; i < 9; i++) subject.use(i, i * 1000);
    subject.ring.reset();
    subject.marks.reset();
    subject.used.clear();
    expect(subject.marks.count).toBe(1);
    subject.use(1, 8050);
    expect(subject.idle(1)).toBe(50);
    for (let i = 0; i < 9; i++) subject.use(i, 9000 + i * 1000);
    expect(Math.max(...subject.excesses())).toBe(0);
  });

  test('marks without entries are dropped first: then nothing becomes less exact', () => {
    subject.use(1, 0);
    for (let i = 1; i < 50_000; i++) subject.use(2 + (i % 300), i * 1000);
    expect(subject.marks.count).toBeLessThanOrEqual(512);
    expect(Math.max(...subject.excesses())).toBe(0);
  });

  test('when there are too many, answers stay as exact as promised', () => {
    const random = new SeededRandom(testSeed());
    subject = new Subject(2048);
    // 30,000 entries, used once each over weeks: a second apart, then hours, then some at once.
    for (let entry = 0; entry < 30_000; entry++) {
      const pause = entry < 10_000 ? 1000 : entry < 10_100 ? HOUR : random.integer(400);
      subject.use(entry, subject.now + pause);
      if (entry % 5000 !== 0) continue;
      expect(subject.marks.count).toBeLessThanOrEqual(2048);
      expect(Math.max(...subject.excesses())).toBeLessThanOrEqual(1);
    }
    const excesses = subject.excesses();
    expect(Math.max(...excesses)).toBeLessThanOrEqual(1);
    expect(Math.max(...excesses)).toBeGreaterThan(0.5);
  });

  test('when there are too many, the way to a mark stays short', () => {
    const few = new Subject(64);
    for (let entry = 0; entry < 58_000; entry++) few.use(entry, entry / 1000);
    // Long afterwards, all of that is a small part of its age.
    for (let i = 0; i < 30; i++) few.use(58_000 + i, (1 + i / 6) * HOUR);
    expect(few.marks.count).toBeLessThanOrEqual(64);
    expect(Math.max(...few.excesses())).toBeLessThanOrEqual(1);
    expect(few.longestWay()).toBeGreaterThan(1024);
    expect(few.longestWay()).toBeLessThanOrEqual(4096);
  });

  test('with hardly any marks, and a clock that goes back, answers still keep the order of use', () => {
    const tiny = new Subject(8);
    for (let i = 0; i < 3000; i++) {
      tiny.use(i % 1000, i === 1500 ? tiny.now - 1_000_000 : tiny.now + 200);
      expect(tiny.marks.count).toBeLessThanOrEqual(8);
    }
    const idle = [...tiny.used.keys()].map((entry) => tiny.idle(entry));
    expect(idle).toEqual(idle.toSorted((a, b) => b - a));
    expect(Math.min(...idle)).toBeGreaterThanOrEqual(0);
  });
});
