import { NONE } from '../store.ts';
import { enlarged } from '../typed-arrays.ts';
import type { Memory } from './memory.ts';
import type { Payloads } from './payloads.ts';
import type { Records } from './records.ts';
import type { Slabs } from './slabs.ts';

/** A cell is two words: the hash, its top bit inverted so that signed numbers compare as hashes do, and the entry. */
export const CELL_BYTES = 8;
/** Both words of a cell that is empty. It sorts behind all hashes, and no entry has this number. */
const EMPTY = 0x7fffffff;

/** A segment has up to so many buckets. */
const MAX_BUCKETS = 16;
/** Part of a bucket's cells, at its end, that is nobody's home: room for the runs of the last ones. */
const OVERFLOW = 1 / 32;
/** A segment grows when more of its homes would be taken, */
const MAX_LOAD = 0.88;
/** and shrinks when fewer would be taken with one bucket less. */
const MIN_LOAD = 0.7;
/** Neighbours that have no more buckets than this together are joined. */
const JOIN_BUCKETS = 12;

const TOP_BIT = 1 << 31;
/**
 * Bits of a rank behind the bucket's number. With four more for the buckets and ten for the cells of one, products of
 * ranks stay below 2^31.
 */
const RANK_BITS = 20;
const RANK_MASK = (1 << RANK_BITS) - 1;
/** Words that describe a segment: these three, and from BUCKETS on the addresses of its buckets. */
const SEGMENT_SHIFT = 5;
/** How many leading bits its hashes have in common. */
const BITS = 0;
const BUCKET_COUNT = 1;
const SIZE = 2;
const BUCKETS = 16;

const INITIAL_SEGMENTS = 16;

/**
 * From the hash of a key to its entry, in a table that grows and shrinks in small steps.
 *
 * **Buckets.** A bucket is a linear-probing table kept in the order of the hashes: a hash's home is its rank, in
 * proportion, within the range that the bucket covers, and the cells of a run are sorted (Amble and Knuth, "Ordered
 * hash tables", 1974). Hence an absent key is recognised at the first larger hash, as fast as a present one, even at
 * a load near 0.9. The cell holds all 32 bits of the hash, so a record is read for hardly any other key.
 *
 * **Segments.** A segment covers the hashes that begin with certain bits, and divides them evenly among its 1 to 16
 * buckets. When it is full it takes one more bucket and spreads its cells anew; since they are in order, that is one
 * sequential pass. From 8 buckets on, the load so stays within a ninth of its maximum, where a table that doubles
 * would fall to half.
 *
 * **Directory.** A segment that would need a 17th bucket splits in two of one leading bit more, as in extendible
 * hashing (Fagin et al., 1979).
 *
 * So the longest step spreads 16 buckets, however large the store. Removal closes the gap (no tombstones), and
 * segments give up buckets and join in the opposite order.
 */
export class HashIndex {
  /** Entries in the index. */
  size = 0;
  readonly #words: Int32Array;
  readonly #slabs: Slabs;
  readonly #records: Records;
  readonly #payloads: Payloads;
  readonly #cls: number;
  readonly #cells: number;
  readonly #homes: number;

  /** Segment by the first `#depth` bits of the hash. */
  #directory = new Int32Array(1);
  #depth = 0;

  /** Descriptions of the segments, two cache lines each. */
  #segments = new Int32Array(INITIAL_SEGMENTS << SEGMENT_SHIFT);
  #segmentCount = 1;
  #unusedSegments: number[] = [];

  /** The cells of the segment that is being spread. */
  readonly #gathered: Int32Array;
  /** Buckets that a growing segment is about to get. */
  readonly #spares = new Int32Array(MAX_BUCKETS);

  constructor(memory: Memory) {
    this.#words = memory.pool.words;
    this.#slabs = memory.slabs;
    this.#records = memory.records;
    this.#payloads = memory.payloads;
    this.#cls = memory.tableClass;
    this.#cells = memory.tableBytes / CELL_BYTES;
    this.#homes = this.#cells - Math.max(this.#cells * OVERFLOW, 8);
    this.#gathered = new Int32Array((this.#cells << 1) * MAX_BUCKETS);
  }

  /** The entry of the key, or NONE. */
  find(hash: number, key: Uint8Array, start: number, end: number): number {
    const segments = this.#segments;
    const segment = this.#segmentOf(hash);
    const count = segments[segment + BUCKET_COUNT]!;
    if (count === 0) return NONE;
    const rank = rankOf(hash, segments[segment + BITS]!, count);
    const address = segments[segment + BUCKETS + (rank >>> RANK_BITS)]! + this.#homeOf(rank);
    const words = this.#words;
    const sorted = hash ^ TOP_BIT;
    let at = address << 1;
    while (words[at]! < sorted) at += 2;
    for (; words[at] === sorted; at += 2) {
      const entry = words[at + 1]!;
      if (entry === EMPTY) return NONE;
      if (this.isEntryOf(entry, key, start, end)) return entry;
    }
    return NONE;
  }

  /**
   * The entries that have these hashes, hence very likely the keys: what `find` reads of the index is read for all of
   * them at once. Returns a number that depends on all that was read.
   */
  guess(hashes: Int32Array, entries: Int32Array, count: number): number {
    const segments = this.#segments;
    const words = this.#words;
    let touched = 0;
    // No branch depends on what is read here, so that the processor need not wait for it before it reads on.
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      const segment = this.#segmentOf(hash);
      const buckets = segments[segment + BUCKET_COUNT]!;
      if (buckets === 0) {
        entries.fill(NONE);
        return touched;
      }
      const rank = rankOf(hash, segments[segment + BITS]!, buckets);
      const address = segments[segment + BUCKETS + (rank >>> RANK_BITS)]! + this.#homeOf(rank);
      entries[i] = address;
      touched ^= words[address << 1]!;
    }
    for (let i = 0; i < count; i++) {
      const sorted = hashes[i]! ^ TOP_BIT;
      let at = entries[i]! << 1;
      while (words[at]! < sorted) at += 2;
      const entry = words[at + 1]!;
      entries[i] = words[at] === sorted && entry !== EMPTY ? entry : NONE;
    }
    return touched;
  }

  /** Adds an entry whose key is not in the index. May make room, though not by removing an entry being written. */
  insert(hash: number, entry: number): void {
    while (!this.#tryInsert(hash, entry)) this.#grow(hash);
    this.size++;
  }

  /** Takes the entry out, which is there under this hash. */
  remove(hash: number, entry: number): void {
    const segments = this.#segments;
    const segment = this.#segmentOf(hash);
    const count = segments[segment + BUCKET_COUNT]!;
    const bits = segments[segment + BITS]!;
    const rank = rankOf(hash, bits, count);
    const address = segments[segment + BUCKETS + (rank >>> RANK_BITS)]!;
    const words = this.#words;
    const base = address << 1;
    let at = base + (this.#homeOf(rank) << 1);
    while (words[at + 1] !== entry) at += 2;
    // Close the gap: what comes after moves back, up to a cell that is at home or empty.
    for (let next = at + 2; words[next + 1] !== EMPTY; at = next, next += 2) {
      const nextRank = rankOf(words[next]! ^ TOP_BIT, bits, count);
      if (base + (this.#homeOf(nextRank) << 1) === next) break;
      words[at] = words[next]!;
      words[at + 1] = words[next + 1]!;
    }
    words[at] = words[at + 1] = EMPTY;
    segments[segment + SIZE]!--;
    this.size--;
    if (this.size === 0) this.#releaseAll();
    else if (segments[segment + SIZE]! < this.#lowWater(count)) this.#shrink(hash);
  }

  /** Forgets everything; the slabs must be reset as well. */
  reset(): void {
    this.size = 0;
    this.#directory = new Int32Array(1);
    this.#depth = 0;
    this.#segments.fill(0, 0, 1 << SEGMENT_SHIFT);
    this.#segmentCount = 1;
    this.#unusedSegments = [];
  }

  /** Where the description of the hash's segment starts. */
  #segmentOf(hash: number): number {
    return this.#directory[(hash >>> 1) >>> (31 - this.#depth)]!;
  }

  /** The cell that is the rank's home, counted from the start of its bucket. */
  #homeOf(rank: number): number {
    return Math.imul(rank & RANK_MASK, this.#homes) >>> RANK_BITS;
  }

  /** Whether the entry, which is one, has this key. */
  isEntryOf(entry: number, key: Uint8Array, start: number, end: number): boolean {
    return this.#records.keyLength(entry) === end - start && this.#payloads.keyEquals(entry, key, start, end);
  }

  /** False when the segment must grow first. */
  #tryInsert(hash: number, entry: number): boolean {
    const segments = this.#segments;
    const segment = this.#segmentOf(hash);
    const count = segments[segment + BUCKET_COUNT]!;
    if (segments[segment + SIZE]! >= MAX_LOAD * this.#homes * count) return false;
    const rank = rankOf(hash, segments[segment + BITS]!, count);
    const address = segments[segment + BUCKETS + (rank >>> RANK_BITS)]!;
    const words = this.#words;
    const sorted = hash ^ TOP_BIT;
    const base = address << 1;
    let at = base + (this.#homeOf(rank) << 1);
    while (words[at + 1] !== EMPTY && words[at]! <= sorted) at += 2;
    let free = at;
    while (words[free + 1] !== EMPTY) free += 2;
    // The last cell stays empty: it ends every run.
    if (free === base + ((this.#cells - 1) << 1)) return false;
    for (; free > at; free -= 2) {
      words[free] = words[free - 2]!;
      words[free + 1] = words[free - 1]!;
    }
    words[at] = sorted;
    words[at + 1] = entry;
    segments[segment + SIZE]!++;
    return true;
  }

  /** Gives the segment of the hash a bucket more (or as many as it takes), splitting it when it has all it may have. */
  #grow(hash: number): void {
    for (let spares = 0; spares < this.#spares.length;) {
      // Allocating may evict entries and so reshape the index: look at the segment afterwards only.
      this.#spares[spares++] = this.#slabs.allocate(this.#cls);
      const segment = this.#segmentOf(hash);
      const buckets = this.#segments[segment + BUCKET_COUNT]! + spares;
      if (buckets > MAX_BUCKETS ? this.#split(segment, hash, spares) : this.#widen(segment, spares)) return;
    }
    throw new Error('hash index: more keys with equal hashes than chance can explain');
  }

  #widen(segment: number, spares: number): boolean {
    const before = this.#segments[segment + BUCKET_COUNT]!;
    const end = this.#gather(segment, 0);
    for (let i = 0; i < spares; i++) {
      this.#segments[segment + BUCKETS + before + i] = this.#spares[i]!;
    }
    this.#segments[segment + BUCKET_COUNT] = before + spares;
    if (this.#spread(segment, 0, end)) return true;
    this.#segments[segment + BUCKET_COUNT] = before;
    this.#spread(segment, 0, end);
    return false;
  }

  /** Gives the upper half of the segment's range to a new one, and each half of the buckets, spares included. */
  #split(segment: number, hash: number, spares: number): boolean {
    const bits = this.#segments[segment + BITS]! + 1;
    const before = this.#segments[segment + BUCKET_COUNT]!;
    const lowerCount = (before + spares) >> 1;
    const upperCount = before + spares - lowerCount;
    const end = this.#gather(segment, 0);
    let middle = 0;
    while (middle < end && ((this.#gathered[middle]! << (bits - 1)) & TOP_BIT) === 0) middle += 2;
    if (!this.#fits(0, middle, bits, lowerCount) || !this.#fits(middle, end, bits, upperCount)) return false;

    const upper = this.#newSegment();
    const segments = this.#segments;
    for (let i = 0; i < upperCount; i++) {
      const from = lowerCount + i;
      segments[upper + BUCKETS + i] =
        from < before ? segments[segment + BUCKETS + from]! : this.#spares[from - before]!;
    }
    this.#describe(segment, bits, lowerCount);
    this.#describe(upper, bits, upperCount);
    if (bits > this.#depth) this.#doubleDirectory();
    this.#direct(hash | (TOP_BIT >>> (bits - 1)), bits, upper);
    this.#spread(segment, 0, middle);
    this.#spread(upper, middle, end);
    return true;
  }

  /** Gives up buckets of the hash's segment and joins it with its neighbour, as long as either is possible. */
  #shrink(hash: number): void {
    while (this.#narrow(this.#segmentOf(hash)) || this.#join(this.#segmentOf(hash), hash));
  }

  #narrow(segment: number): boolean {
    const count = this.#segments[segment + BUCKET_COUNT]!;
    if (this.#segments[segment + SIZE]! >= this.#lowWater(count)) return false;
    const end = this.#gather(segment, 0);
    if (!this.#fits(0, end, this.#segments[segment + BITS]!, count - 1)) return false;
    this.#slabs.free(this.#segments[segment + BUCKETS + count - 1]!);
    this.#segments[segment + BUCKET_COUNT] = count - 1;
    this.#spread(segment, 0, end);
    return true;
  }

  #join(segment: number, hash: number): boolean {
    const bits = this.#segments[segment + BITS]!;
    if (bits === 0) return false;
    const isUpper = ((hash << (bits - 1)) & TOP_BIT) !== 0;
    const neighbour = this.#segmentOf(hash ^ (TOP_BIT >>> (bits - 1)));
    const [lower, upper] = isUpper ? [neighbour, segment] : [segment, neighbour];
    const lowerCount = this.#segments[lower + BUCKET_COUNT]!;
    const count = lowerCount + this.#segments[upper + BUCKET_COUNT]!;
    if (this.#segments[neighbour + BITS] !== bits || count > JOIN_BUCKETS) return false;
    const end = this.#gather(upper, this.#gather(lower, 0));
    if (!this.#fits(0, end, bits - 1, count)) return false;

    for (let i = lowerCount; i < count; i++) {
      this.#segments[lower + BUCKETS + i] = this.#segments[upper + BUCKETS + i - lowerCount]!;
    }
    this.#describe(lower, bits - 1, count);
    this.#unusedSegments.push(upper);
    this.#direct(hash, bits - 1, lower);
    this.#spread(lower, 0, end);
    return true;
  }

  /** Below so many entries a segment of so many buckets gives one up. */
  #lowWater(bucketCount: number): number {
    return MIN_LOAD * this.#homes * (bucketCount - 1);
  }

  /** Copies the segment's cells, which are in the order of their hashes, to the scratch area; returns the end. */
  #gather(segment: number, offset: number): number {
    const gathered = this.#gathered;
    let end = offset;
    for (let bucket = 0; bucket < this.#segments[segment + BUCKET_COUNT]!; bucket++) {
      const address = this.#segments[segment + BUCKETS + bucket]!;
      const words = this.#words;
      const start = address << 1;
      for (let at = start; at < start + (this.#cells << 1); at += 2) {
        const entry = words[at + 1]!;
        if (entry === EMPTY) continue;
        gathered[end] = words[at]! ^ TOP_BIT;
        gathered[end + 1] = entry;
        end += 2;
      }
    }
    return end;
  }

  /** Whether gathered cells can be spread over so many buckets, without a run past the end of one. */
  #fits(from: number, to: number, bits: number, bucketCount: number): boolean {
    let bucket = 0;
    let next = 0;
    for (let i = from; i < to; i += 2) {
      const rank = rankOf(this.#gathered[i]!, bits, bucketCount);
      if (rank >>> RANK_BITS !== bucket) {
        bucket = rank >>> RANK_BITS;
        next = 0;
      }
      next = Math.max(next, this.#homeOf(rank)) + 1;
      if (next >= this.#cells) return false;
    }
    return true;
  }

  /** Lays gathered cells out in the segment's buckets. False, with part of them missing, when they do not fit. */
  #spread(segment: number, from: number, to: number): boolean {
    const gathered = this.#gathered;
    const bits = this.#segments[segment + BITS]!;
    const count = this.#segments[segment + BUCKET_COUNT]!;
    this.#segments[segment + SIZE] = (to - from) >> 1;
    let i = from;
    for (let bucket = 0; bucket < count; bucket++) {
      const address = this.#segments[segment + BUCKETS + bucket]!;
      const words = this.#words;
      const start = address << 1;
      const last = start + ((this.#cells - 1) << 1);
      words.fill(EMPTY, start, last + 2);
      for (let next = start; i < to; i += 2) {
        const hash = gathered[i]!;
        const rank = rankOf(hash, bits, count);
        if (rank >>> RANK_BITS !== bucket) break;
        const home = start + (this.#homeOf(rank) << 1);
        const at = home > next ? home : next;
        if (at === last) return false;
        words[at] = hash ^ TOP_BIT;
        words[at + 1] = gathered[i + 1]!;
        next = at + 2;
      }
    }
    return true;
  }

  #newSegment(): number {
    const unused = this.#unusedSegments.pop();
    if (unused !== undefined) return unused;
    const segment = this.#segmentCount++ << SEGMENT_SHIFT;
    if (segment === this.#segments.length) this.#segments = enlarged(this.#segments, segment * 2);
    return segment;
  }

  #describe(segment: number, bits: number, bucketCount: number): void {
    this.#segments[segment + BITS] = bits;
    this.#segments[segment + BUCKET_COUNT] = bucketCount;
  }

  /** Points the directory to the segment for all hashes with the same leading bits as this one. */
  #direct(hash: number, bits: number, segment: number): void {
    const places = 1 << (this.#depth - bits);
    const first = bits === 0 ? 0 : (hash >>> (32 - bits)) * places;
    this.#directory.fill(segment, first, first + places);
  }

  #doubleDirectory(): void {
    const doubled = new Int32Array(this.#directory.length * 2);
    for (let i = 0; i < doubled.length; i++) doubled[i] = this.#directory[i >> 1]!;
    this.#directory = doubled;
    this.#depth++;
  }

  #releaseAll(): void {
    for (let i = 0; i < this.#segmentCount; i++) {
      const segment = i << SEGMENT_SHIFT;
      if (this.#unusedSegments.includes(segment)) continue;
      for (let bucket = 0; bucket < this.#segments[segment + BUCKET_COUNT]!; bucket++) {
        this.#slabs.free(this.#segments[segment + BUCKETS + bucket]!);
      }
    }
    this.reset();
  }
}

/** Bucket of the hash in a segment of so many, and in the low RANK_BITS bits how far behind the bucket's start it is. */
function rankOf(hash: number, bits: number, bucketCount: number): number {
  return Math.imul((hash << bits) >>> (32 - RANK_BITS), bucketCount);
}
