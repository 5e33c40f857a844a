import type { EntryRing } from './entry-ring.ts';
import type { PagePool } from './pages.ts';

/** A mark is set at the first use when the last one is so old, in milliseconds, */
const INTERVAL = 100;
/** or when there were so many uses since. */
const USES_PER_MARK = 1024;
/** Marks are dropped as long as no answer becomes wrong by more than this part of it. */
const TOLERANCE = 0.02;
/** No number of uses in the life of a process comes near it. */
const ALL_USES = 2 ** 60;

/** Fields of a mark's record, beside its links in the ring: doubles of the record (8 bytes each), */
const TIME = 1;
/** uses between this mark and the next newer one: as many entries lie between them, at most; */
const USES = 2;
/** and the word with the next newer mark. Of the free ones, the next free one. */
const NEXT = 6;

/**
 * How long ago entries were used, at no cost for each of them.
 *
 * **Idea.** A recency list is ordered by the time of the last use, so the times need not be kept in the entries: it is
 * enough to know them at some places of the list. A *mark* is an element of the list that is no entry and has a time.
 * All that is newer than a mark was used at its time or later, all that is older at its time or earlier. It stays
 * in its place by itself, whatever is used, added or removed around it. The oldest element of the list is always a
 * mark, and when an entry was last used is the time of the first mark on the way from it to older ones.
 *
 * **When marks are set.** Before the first use that comes a tenth of a second or more after the last mark, so that an answer is
 * too long by less than that; and after 1,024 uses, so that the way is short. As long as nothing is newer, the newest mark
 * moves on with time instead. Both are looked at only when the clock has moved: uses of one moment stay together.
 *
 * **Which are dropped**, when the marks are used up. Those without an entry between them and the next, which tell
 * nothing. Then those whose neighbours are not further apart in time than 2 % of their age: the answer may then be too long by
 * that part of it, and never by more, for ages grow and neighbours do not move. So the older, the sparser: ten years
 * take 2,000 marks at most, however they are used. And as the way should stay short, only those between whose neighbours
 * there were few uses; how few these are is doubled until a quarter of all marks is free.
 *
 * **Costs.** A use is counted. A mark takes well below a microsecond, a look through all of them some tens of it, and at least
 * 1,024 are set before the next. A query walks to a mark, over those entries that were used between two of them: with a million
 * entries that took up to 40 microseconds on average, with eight million up to 400. When most uses are of few entries, an
 * interval of which nearly all was used again cannot be told from one of which nothing was, so the way may become longer.
 *
 * Marks are kept in spare records: numbers from `first` on, which are above those of all entries and of the ring's end.
 */
export class TimeMarks {
  /** Uses since the newest mark, which the list counts. */
  uses = 0;
  readonly #ring: EntryRing;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #first: number;
  readonly #limit: number;
  /** When the next mark is to be set. */
  #due = INTERVAL;
  #oldest: number;
  #newest: number;
  #free: number;
  #count = 1;

  /** @param limit at least 8; with fewer than some thousand, answers of old entries become less exact */
  constructor(pool: PagePool, ring: EntryRing, first: number, limit: number) {
    this.#ring = ring;
    this.#words = pool.words;
    this.#doubles = pool.doubles;
    this.#first = first;
    this.#limit = limit;
    this.#oldest = this.#newest = this.#free = first;
    this.#begin(0);
  }

  /** How many there are: at least one. */
  get count(): number {
    return this.#count;
  }

  has(element: number): boolean {
    return element >= this.#first;
  }

  /** What is used from here on is used at `now` or later. */
  tick(now: number): void {
    if (now >= this.#due || this.uses >= USES_PER_MARK) this.#set(now);
  }

  /** Milliseconds since the entry was last used, or somewhat more. */
  idleTime(entry: number, now: number): number {
    let element = entry;
    while (!this.has(element)) element = this.#ring.olderThan(element);
    return Math.max(0, now - this.#time(element));
  }

  /** Drops the oldest marks as long as they have no entry. Then the element next to the oldest mark is one, or the end. */
  trim(): void {
    while (this.#oldest !== this.#newest && this.#isEmpty(this.#oldest)) {
      const mark = this.#oldest;
      this.#oldest = this.#next(mark);
      this.#release(mark);
    }
  }

  /** The list is empty. The time goes on. */
  reset(): void {
    this.#begin(this.#time(this.#newest));
  }

  /** One mark, all others free. */
  #begin(time: number): void {
    const first = this.#first;
    for (let i = 0; i < this.#limit; i++) this.#link(first + i, first + i + 1);
    this.#free = first + 1;
    this.#oldest = this.#newest = first;
    this.#count = 1;
    this.#ring.add(first);
    this.#doubles[(first << 2) + TIME] = time;
    this.uses = 0;
  }

  #set(now: number): void {
    // Should the clock go back, marks stay in order.
    const time = Math.max(now, this.#time(this.#newest));
    if (!this.#isEmpty(this.#newest)) this.#add(time);
    this.#doubles[(this.#newest << 2) + TIME] = time;
    this.uses = 0;
    this.#due = time + INTERVAL;
  }

  #add(now: number): void {
    this.#doubles[(this.#newest << 2) + USES] = this.uses;
    if (this.#count === this.#limit) this.#thinOut(now);
    const mark = this.#free;
    this.#free = this.#next(mark);
    this.#count++;
    this.#link(this.#newest, mark);
    this.#newest = mark;
    this.#ring.add(mark);
  }

  #thinOut(now: number): void {
    const enough = this.#limit - Math.ceil(this.#limit / 4);
    let tolerance = TOLERANCE;
    this.trim();
    this.#merge(now, tolerance, 0);
    // Ends in any case: without limits, four marks at most are left, however the clock went.
    for (let uses = USES_PER_MARK; this.#count > enough; uses *= 2) {
      this.#merge(now, tolerance, uses);
      if (uses > ALL_USES) tolerance *= 2;
    }
  }

  /** Drops marks between the oldest and the newest that tell nothing, or not enough. */
  #merge(now: number, tolerance: number, mostUses: number): void {
    let older = this.#oldest;
    for (let mark = this.#next(older); mark !== this.#newest; mark = this.#next(older)) {
      const newer = this.#next(mark);
      const age = now - this.#time(newer);
      const uses = this.#isEmpty(mark) ? 0 : this.#uses(mark);
      const isClose = this.#time(newer) - this.#time(older) <= tolerance * age;
      if (uses === 0 || (isClose && this.#uses(older) + uses <= mostUses)) {
        this.#doubles[(older << 2) + USES]! += uses;
        this.#link(older, newer);
        this.#release(mark);
      } else {
        older = mark;
      }
    }
  }

  #release(mark: number): void {
    this.#ring.remove(mark);
    this.#link(mark, this.#free);
    this.#free = mark;
    this.#count--;
  }

  /** Nothing is between this mark and the next newer one, or the end. */
  #isEmpty(mark: number): boolean {
    return this.#ring.newerThan(mark) >= this.#ring.end;
  }

  #time(mark: number): number {
    return this.#doubles[(mark << 2) + TIME]!;
  }

  #uses(mark: number): number {
    return this.#doubles[(mark << 2) + USES]!;
  }

  #next(mark: number): number {
    return this.#words[(mark << 3) + NEXT]!;
  }

  #link(mark: number, next: number): void {
    this.#words[(mark << 3) + NEXT] = next;
  }
}
