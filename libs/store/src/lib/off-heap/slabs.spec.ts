import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { PagePool } from './pages.ts';
import { SizeClasses } from './size-classes.ts';
import { Slabs } from './slabs.ts';

/**
 * Slabs whose blocks are held against a model: each block is filled with its owner's number, moves are followed, and
 * when memory runs out the oldest owner that may go goes.
 */
class Subject {
  readonly sizes: readonly number[];
  readonly pool: PagePool;
  readonly slabs: Slabs;
  /** Owner to address and class, oldest first. */
  readonly live = new Map<number, { address: number; cls: number }>();
  moves = 0;
  #nextOwner = 1;
  readonly #bytesOfPage: number;

  constructor(maxBytes: number, immovable: number) {
    this.pool = new PagePool(maxBytes);
    const other = new PagePool(maxBytes);
    other.take();
    this.#bytesOfPage = other.bytesTaken;
    this.sizes = [32, this.pool.pageBytes / 4, ...new SizeClasses(this.pool.pageBytes).sizes];
    this.slabs = new Slabs(this.pool, this.sizes, immovable, {
      moved: (from, to) => {
        const owner = must(this.words(to)[0]);
        const block = must(this.live.get(owner));
        expect(block.address).toBe(from);
        expect(block.cls).toBeGreaterThanOrEqual(immovable);
        block.address = to;
        this.moves++;
      },
      makeRoom: () => {
        const wasteful = this.sizes.findIndex(
          (_, cls) => cls >= immovable && this.slabs.freeInClass(cls) >= this.slabs.perPage(cls),
        );
        if (wasteful >= 0) expect(`class ${wasteful}`).toBe('compacted before anything is evicted');
        this.free(must(this.live.keys().next().value));
      },
    });
  }

  words(address: number, cls = 0): Int32Array {
    const start = address << 1;
    return this.pool.words.subarray(start, start + must(this.sizes[cls]) / 4);
  }

  allocate(cls: number): void {
    const address = this.slabs.allocate(cls);
    const owner = this.#nextOwner++;
    this.words(address, cls).fill(owner);
    this.live.set(owner, { address, cls });
  }

  free(owner: number): void {
    const { address, cls } = must(this.live.get(owner));
    this.#checkContent(owner, address, cls);
    this.live.delete(owner);
    this.slabs.free(address);
  }

  /** Nothing overlaps (every block still has its own content), and the sums agree. */
  check(): void {
    const classes = this.sizes.map(() => ({ live: 0, pages: 0, liveInPages: 0 }));
    for (const [owner, { address, cls }] of this.live) {
      must(classes[cls]).live++;
      this.#checkContent(owner, address, cls);
    }
    for (let page = 0; page < this.pool.pagesSeen; page++) {
      const cls = this.slabs.classOfPage(page);
      if (cls < 0) continue;
      const sums = must(classes[cls]);
      sums.pages++;
      sums.liveInPages += this.slabs.liveInPage(page);
    }
    classes.forEach(({ live, pages, liveInPages }, cls) => {
      expect(liveInPages).toBe(live);
      expect(this.slabs.freeInClass(cls)).toBe(pages * this.slabs.perPage(cls) - live);
    });
    const pages = classes.reduce((sum, each) => sum + each.pages, 0);
    expect(this.pool.bytesTaken).toBe(pages * this.#bytesOfPage);
    expect(pages).toBeLessThanOrEqual(this.pool.maxPages);
  }

  #checkContent(owner: number, address: number, cls: number): void {
    for (const word of this.words(address, cls)) if (word !== owner) expect(word).toBe(owner);
  }
}

describe('Slabs', () => {
  const step = fc.oneof(
    fc.record({ cls: fc.nat(19), count: fc.integer({ min: 1, max: 60 }) }),
    fc.record({
      free: fc.double({ min: 0, max: 0.999, noNaN: true }),
      count: fc.integer({ min: 1, max: 60 }),
    }),
  );

  test('blocks never overlap, moved ones keep their content, and free and live blocks add up', () => {
    let moves = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const subject = new Subject(24 * 1024, 0);
        for (const action of steps) {
          for (let i = 0; i < action.count; i++) {
            if ('cls' in action) subject.allocate(action.cls);
            else if (subject.live.size > 0) {
              const owners = [...subject.live.keys()];
              subject.free(must(owners[Math.floor(((action.free + i * 0.618) % 1) * owners.length)]));
            }
          }
          subject.check();
        }
        moves += subject.moves;
        for (const owner of [...subject.live.keys()]) subject.free(owner);
        subject.check();
        expect(subject.pool.bytesTaken).toBe(0);
      }),
      { numRuns: 40 },
    );
    expect(moves).toBeGreaterThan(0);
  });

  test('blocks of immovable classes stay where they are', () => {
    const subject = new Subject(64 * 1024, 2);
    for (let i = 0; i < 400; i++) subject.allocate(0);
    const owners = [...subject.live.keys()];
    const kept = owners.filter((_, i) => i % 8 === 7);
    for (const owner of owners) if (!kept.includes(owner)) subject.free(owner);
    const places = kept.map((owner) => must(subject.live.get(owner)).address);
    // The kept ones become the youngest, so that the rest of the memory is used up before they go.
    for (const owner of kept) {
      const block = must(subject.live.get(owner));
      subject.live.delete(owner);
      subject.live.set(owner, block);
    }
    for (let i = 0; i < 300; i++) subject.allocate(10);
    expect(kept.map((owner) => subject.live.get(owner)?.address)).toEqual(places);
  });

  test('what one size frees is good for another: alternate blocks of a full memory make room for half of it', () => {
    const subject = new Subject(1024 * 1024, 0);
    const small = 5;
    const large = 15;
    while (subject.pool.bytesTaken < 1000 * 1024) subject.allocate(small);
    const before = subject.live.size;
    for (const owner of [...subject.live.keys()]) if (owner % 2 === 0) subject.free(owner);
    const bytes = (before / 2) * must(subject.sizes[small]);
    const fitting = Math.floor((bytes * 0.95) / must(subject.sizes[large]));
    const left = subject.live.size;
    for (let i = 0; i < fitting; i++) subject.allocate(large);
    expect(subject.live.size).toBe(left + fitting);
    expect(subject.moves).toBeGreaterThan(0);
    subject.check();
  });
});
