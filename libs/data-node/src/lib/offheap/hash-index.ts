import { NONE } from '../store.ts';
import { enlarged } from '../typed-arrays.ts';
import type { Memory } from './memory.ts';
import { ARENA_MASK, ARENA_SHIFT } from './pages.ts';
import type { Payloads } from './payloads.ts';
import type { Records } from './records.ts';
import type { Slabs } from './slabs.ts';

/** A cell is two words: the hash, and the entry plus one (0: empty). */
const CELL_BYTES = 8;

/** A segment has up to so many buckets. */
const BUCKET_BITS = 4;
const MAX_BUCKETS = 1 << BUCKET_BITS;
/** Part of a bucket's cells, at its end, that is nobody's home: room for the runs of the last ones. */
const OVERFLOW = 1 / 32;
/** A segment grows when more of its homes would be taken, */
const MAX_LOAD = 0.88;
/** and shrinks when fewer would be taken with one bucket less. */
const MIN_LOAD = 0.7;
/** Neighbours that have no more buckets than this together are joined. */
const JOIN_BUCKETS = 12;

const TWO_TO_MINUS_32 = 2 ** -32;
const TOP_BIT = 1 << 31;
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
  readonly #words: Int32Array[];
  readonly #slabs: Slabs;
  readonly #records: Records;
  readonly #payloads: Payloads;
  readonly #cls: number;
  readonly #cells: number;
  readonly #homes: number;

  /** Segment by the first `#depth` bits of the hash. */
  #directory = new Int32Array(1);
  #depth = 0;

  // Per segment.
  /** How many leading bits its hashes have in common. */
  #bits = new Int32Array(INITIAL_SEGMENTS);
  #bucketCounts = new Int32Array(INITIAL_SEGMENTS);
  #sizes = new Int32Array(INITIAL_SEGMENTS);
  /** Addresses of the buckets, MAX_BUCKETS places each. */
  #buckets = new Int32Array(INITIAL_SEGMENTS << BUCKET_BITS);
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
    const segment = this.#segmentOf(hash);
    const count = this.#bucketCounts[segment]!;
    if (count === 0) return NONE;
    const rank = this.#rank(hash, this.#bits[segment]!, count);
    const bucket = rank | 0;
    const address = this.#buckets[(segment << BUCKET_BITS) + bucket]!;
    const words = this.#words[address >>> ARENA_SHIFT]!;
    let at = ((address & ARENA_MASK) + (((rank - bucket) * this.#homes) | 0)) << 1;
    for (let entry = words[at + 1]!; entry !== 0; at += 2, entry = words[at + 1]!) {
      const other = words[at]!;
      if (other === hash) {
        if (this.#isEntryOf(entry - 1, key, start, end)) return entry - 1;
      } else if (other >>> 0 > hash >>> 0) return NONE;
    }
    return NONE;
  }

  /** Adds an entry whose key is not in the index. May make room, though not by removing an entry being written. */
  insert(hash: number, entry: number): void {
    while (!this.#tryInsert(hash, entry)) this.#grow(hash);
    this.size++;
  }

  /** Takes the entry out, which is there under this hash. */
  remove(hash: number, entry: number): void {
    const segment = this.#segmentOf(hash);
    const count = this.#bucketCounts[segment]!;
    const rank = this.#rank(hash, this.#bits[segment]!, count);
    const bucket = rank | 0;
    const address = this.#buckets[(segment << BUCKET_BITS) + bucket]!;
    const words = this.#words[address >>> ARENA_SHIFT]!;
    const base = (address & ARENA_MASK) << 1;
    let at = base + ((((rank - bucket) * this.#homes) | 0) << 1);
    while (words[at + 1] !== entry + 1) at += 2;
    // Close the gap: what comes after moves back, up to a cell that is at home or empty.
    for (let next = at + 2; words[next + 1] !== 0; at = next, next += 2) {
      const nextRank = this.#rank(words[next]!, this.#bits[segment]!, count);
      if (base + ((((nextRank - bucket) * this.#homes) | 0) << 1) === next) break;
      words[at] = words[next]!;
      words[at + 1] = words[next + 1]!;
    }
    words[at + 1] = 0;
    this.#sizes[segment]!--;
    this.size--;
    if (this.size === 0) this.#releaseAll();
    else if (this.#sizes[segment]! < this.#lowWater(count)) this.#shrink(hash);
  }

  /** Forgets everything; the slabs must be reset as well. */
  reset(): void {
    this.size = 0;
    this.#directory = new Int32Array(1);
    this.#depth = 0;
    this.#bits[0] = 0;
    this.#bucketCounts[0] = 0;
    this.#sizes[0] = 0;
    this.#segmentCount = 1;
    this.#unusedSegments = [];
  }

  #segmentOf(hash: number): number {
    return this.#directory[(hash >>> 1) >>> (31 - this.#depth)]!;
  }

  /** Bucket of the hash in the segment, and in the fraction the rank within the bucket. */
  #rank(hash: number, bits: number, bucketCount: number): number {
    return ((hash << bits) >>> 0) * bucketCount * TWO_TO_MINUS_32;
  }

  #isEntryOf(entry: number, key: Uint8Array, start: number, end: number): boolean {
    return this.#records.keyLength(entry) === end - start && this.#payloads.keyEquals(entry, key, start, end);
  }

  /** False when the segment must grow first. */
  #tryInsert(hash: number, entry: number): boolean {
    const segment = this.#segmentOf(hash);
    const count = this.#bucketCounts[segment]!;
    if (this.#sizes[segment]! >= MAX_LOAD * this.#homes * count) return false;
    const rank = this.#rank(hash, this.#bits[segment]!, count);
    const bucket = rank | 0;
    const address = this.#buckets[(segment << BUCKET_BITS) + bucket]!;
    const words = this.#words[address >>> ARENA_SHIFT]!;
    const base = (address & ARENA_MASK) << 1;
    let at = base + ((((rank - bucket) * this.#homes) | 0) << 1);
    while (words[at + 1] !== 0 && words[at]! >>> 0 <= hash >>> 0) at += 2;
    let free = at;
    while (words[free + 1] !== 0) free += 2;
    // The last cell stays empty: it ends every run.
    if (free === base + ((this.#cells - 1) << 1)) return false;
    for (; free > at; free -= 2) {
      words[free] = words[free - 2]!;
      words[free + 1] = words[free - 1]!;
    }
    words[at] = hash;
    words[at + 1] = entry + 1;
    this.#sizes[segment]!++;
    return true;
  }

  /** Gives the segment of the hash a bucket more (or as many as it takes), splitting it when it has all it may have. */
  #grow(hash: number): void {
    for (let spares = 0; spares < this.#spares.length;) {
      // Allocating may evict entries and so reshape the index: look at the segment afterwards only.
      this.#spares[spares++] = this.#slabs.allocate(this.#cls);
      const segment = this.#segmentOf(hash);
      const buckets = this.#bucketCounts[segment]! + spares;
      if (buckets > MAX_BUCKETS ? this.#split(segment, hash, spares) : this.#widen(segment, spares)) return;
    }
    throw new Error('hash index: more keys with equal hashes than chance can explain');
  }

  #widen(segment: number, spares: number): boolean {
    const before = this.#bucketCounts[segment]!;
    const end = this.#gather(segment, 0);
    for (let i = 0; i < spares; i++) {
      this.#buckets[(segment << BUCKET_BITS) + before + i] = this.#spares[i]!;
    }
    this.#bucketCounts[segment] = before + spares;
    if (this.#spread(segment, 0, end)) return true;
    this.#bucketCounts[segment] = before;
    this.#spread(segment, 0, end);
    return false;
  }

  /** Gives the upper half of the segment's range to a new one, and each half of the buckets, spares included. */
  #split(segment: number, hash: number, spares: number): boolean {
    const bits = this.#bits[segment]! + 1;
    const before = this.#bucketCounts[segment]!;
    const lowerCount = (before + spares) >> 1;
    const upperCount = before + spares - lowerCount;
    const end = this.#gather(segment, 0);
    let middle = 0;
    while (middle < end && ((this.#gathered[middle]! << (bits - 1)) & TOP_BIT) === 0) middle += 2;
    if (!this.#fits(0, middle, bits, lowerCount) || !this.#fits(middle, end, bits, upperCount)) return false;

    const upper = this.#newSegment();
    const buckets = this.#buckets;
    for (let i = 0; i < upperCount; i++) {
      const from = lowerCount + i;
      buckets[(upper << BUCKET_BITS) + i] =
        from < before ? buckets[(segment << BUCKET_BITS) + from]! : this.#spares[from - before]!;
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
    const count = this.#bucketCounts[segment]!;
    if (this.#sizes[segment]! >= this.#lowWater(count)) return false;
    const end = this.#gather(segment, 0);
    if (!this.#fits(0, end, this.#bits[segment]!, count - 1)) return false;
    this.#slabs.free(this.#buckets[(segment << BUCKET_BITS) + count - 1]!);
    this.#bucketCounts[segment] = count - 1;
    this.#spread(segment, 0, end);
    return true;
  }

  #join(segment: number, hash: number): boolean {
    const bits = this.#bits[segment]!;
    if (bits === 0) return false;
    const isUpper = ((hash << (bits - 1)) & TOP_BIT) !== 0;
    const neighbour = this.#segmentOf(hash ^ (TOP_BIT >>> (bits - 1)));
    const [lower, upper] = isUpper ? [neighbour, segment] : [segment, neighbour];
    const lowerCount = this.#bucketCounts[lower]!;
    const count = lowerCount + this.#bucketCounts[upper]!;
    if (this.#bits[neighbour] !== bits || count > JOIN_BUCKETS) return false;
    const end = this.#gather(upper, this.#gather(lower, 0));
    if (!this.#fits(0, end, bits - 1, count)) return false;

    for (let i = lowerCount; i < count; i++) {
      this.#buckets[(lower << BUCKET_BITS) + i] = this.#buckets[(upper << BUCKET_BITS) + i - lowerCount]!;
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
    for (let bucket = 0; bucket < this.#bucketCounts[segment]!; bucket++) {
      const address = this.#buckets[(segment << BUCKET_BITS) + bucket]!;
      const words = this.#words[address >>> ARENA_SHIFT]!;
      const start = (address & ARENA_MASK) << 1;
      for (let at = start; at < start + (this.#cells << 1); at += 2) {
        const entry = words[at + 1]!;
        if (entry === 0) continue;
        gathered[end] = words[at]!;
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
      const rank = this.#rank(this.#gathered[i]!, bits, bucketCount);
      if ((rank | 0) !== bucket) {
        bucket = rank | 0;
        next = 0;
      }
      next = Math.max(next, ((rank - bucket) * this.#homes) | 0) + 1;
      if (next >= this.#cells) return false;
    }
    return true;
  }

  /** Lays gathered cells out in the segment's buckets. False, with part of them missing, when they do not fit. */
  #spread(segment: number, from: number, to: number): boolean {
    const gathered = this.#gathered;
    const bits = this.#bits[segment]!;
    const count = this.#bucketCounts[segment]!;
    const homes = this.#homes;
    this.#sizes[segment] = (to - from) >> 1;
    let i = from;
    for (let bucket = 0; bucket < count; bucket++) {
      const address = this.#buckets[(segment << BUCKET_BITS) + bucket]!;
      const words = this.#words[address >>> ARENA_SHIFT]!;
      const start = (address & ARENA_MASK) << 1;
      const last = start + ((this.#cells - 1) << 1);
      words.fill(0, start, last + 2);
      for (let next = start; i < to; i += 2) {
        const hash = gathered[i]!;
        const rank = this.#rank(hash, bits, count);
        if ((rank | 0) !== bucket) break;
        const home = start + ((((rank - bucket) * homes) | 0) << 1);
        const at = home > next ? home : next;
        if (at === last) return false;
        words[at] = hash;
        words[at + 1] = gathered[i + 1]!;
        next = at + 2;
      }
    }
    return true;
  }

  #newSegment(): number {
    const unused = this.#unusedSegments.pop();
    if (unused !== undefined) return unused;
    if (this.#segmentCount === this.#bits.length) {
      const capacity = this.#segmentCount * 2;
      this.#bits = enlarged(this.#bits, capacity);
      this.#bucketCounts = enlarged(this.#bucketCounts, capacity);
      this.#sizes = enlarged(this.#sizes, capacity);
      this.#buckets = enlarged(this.#buckets, capacity << BUCKET_BITS);
    }
    return this.#segmentCount++;
  }

  #describe(segment: number, bits: number, bucketCount: number): void {
    this.#bits[segment] = bits;
    this.#bucketCounts[segment] = bucketCount;
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
    for (let segment = 0; segment < this.#segmentCount; segment++) {
      if (this.#unusedSegments.includes(segment)) continue;
      for (let bucket = 0; bucket < this.#bucketCounts[segment]!; bucket++) {
        this.#slabs.free(this.#buckets[(segment << BUCKET_BITS) + bucket]!);
      }
    }
    this.reset();
  }
}
