import { PagePool } from './pages.ts';
import { Payloads } from './payloads.ts';
import { RECORD_BYTES, Records } from './records.ts';
import { SizeClasses } from './size-classes.ts';
import { Slabs } from './slabs.ts';

/** The slabs' classes: two whose blocks never move, then those of the payloads. */
const RECORD_CLASS = 0;
const TABLE_CLASS = 1;
const FIRST_PAYLOAD_CLASS = 2;

/** A table (a bucket of the index, a chunk of the expiry queue) is a quarter of a page. */
const TABLES_PER_PAGE = 4;

/**
 * Pages that an entry needs beside those of its bytes, at worst: its record, an index bucket, an expiry chunk, and two
 * for blocks that exist twice while a value grows.
 */
const EXTRA_PAGES = 5;

/** Records beside the budget that are no entries', which an eviction policy may link with those that are. */
export const SPARE_RECORDS = 4096;

/** The memory of a store: one budget, and what is made of it. */
export class Memory {
  readonly pool: PagePool;
  readonly slabs: Slabs;
  readonly records: Records;
  readonly payloads: Payloads;
  /** Class and size (a power of two) of the blocks that index and expiry queue consist of. */
  readonly tableClass = TABLE_CLASS;
  readonly tableBytes: number;
  /** The longest key and value, together, that fit into the budget when nothing else is there. */
  readonly maxPayload: number;

  /** @param makeRoom removes an entry, because some part of this memory needs a page that there is not */
  constructor(maxBytes: number, makeRoom: () => void) {
    const pool = new PagePool(maxBytes, SPARE_RECORDS * RECORD_BYTES);
    const classes = new SizeClasses(pool.pageBytes);
    this.tableBytes = pool.pageBytes / TABLES_PER_PAGE;
    const slabs = new Slabs(pool, [RECORD_BYTES, this.tableBytes, ...classes.sizes], FIRST_PAYLOAD_CLASS, {
      moved: (from, to) => {
        this.payloads.moved(from, to);
      },
      makeRoom,
    });
    this.pool = pool;
    this.slabs = slabs;
    this.records = new Records(pool, slabs, RECORD_CLASS);
    this.payloads = new Payloads(pool, slabs, this.records, classes, FIRST_PAYLOAD_CLASS);
    this.maxPayload = Payloads.capacity(pool.maxPages - EXTRA_PAGES, pool.pageBytes, classes);
  }

  /** Frees everything at once. What was built on it must be reset as well. */
  reset(): void {
    this.pool.reset();
    this.slabs.reset();
  }
}
