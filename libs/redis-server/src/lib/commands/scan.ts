import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { CommandContext } from './context.ts';
import { NONE, type Store } from '@distributed-cache/store';
import { bytesAt, integerAt, isWord, quotedAt, type Arguments } from './arguments.ts';
import { internalCommand, type CommandRow } from './command.ts';
import { Glob } from './glob.ts';
import { INVALID_CURSOR, NOT_AN_INTEGER_ERROR, SYNTAX_ERROR } from './replies.ts';

const EVERY_SLOT = new Uint8Array(SLOT_COUNT).fill(1);
const STAR = 0x2a;
const DEFAULT_COUNT = 10;
/** Entries that KEYS looks at between two calls of the store. */
const BATCH = 10_000;
/** Attempts of RANDOMKEY to find a key that has not expired. */
const ATTEMPTS = 100;

/** Writes the keys that a scan meets and that match, one at a time. */
class KeyCollector {
  /** Keys written. */
  count = 0;
  /** Entries met. */
  visited = 0;
  #context!: CommandContext;
  #glob: Glob | undefined;
  #now = 0;
  #key = Buffer.alloc(256);

  begin(context: CommandContext, pattern: Uint8Array | undefined): void {
    this.count = this.visited = 0;
    this.#context = context;
    const all = pattern === undefined || (pattern.length === 1 && pattern[0] === STAR);
    this.#glob = all ? undefined : new Glob(pattern);
    this.#now = context.time.now();
  }

  /** Passed to the store as it is, so that no scan makes a closure. */
  readonly visit = (entry: number): void => {
    const { out, node } = this.#context;
    const { store } = node;
    this.visited++;
    const expiresAt = store.expiresAt(entry);
    if (expiresAt !== 0 && expiresAt <= this.#now) return;
    const length = store.keyLength(entry);
    if (this.#glob !== undefined) {
      if (length > this.#key.length) this.#key = Buffer.alloc(2 * length);
      store.copyKey(entry, this.#key, 0);
      if (!this.#glob.matches(this.#key, 0, length)) return;
    }
    const offset = out.open(length);
    store.copyKey(entry, out.buffer, offset);
    this.count++;
  };
}

const collector = new KeyCollector();

function keys(args: Arguments, context: CommandContext): void {
  const { out, node } = context;
  const before = out.length;
  collector.begin(context, bytesAt(args, 1));
  let cursor = 0;
  do cursor = node.store.scan(EVERY_SLOT, cursor, BATCH, collector.visit);
  while (cursor !== 0);
  out.wrapArray(before, collector.count);
}

/** What a client asked of SCAN. */
export interface ScanRequest {
  /** 64 bits, unsigned. */
  readonly cursor: bigint;
  /** About how many keys to answer, within the limits of one call. */
  readonly count: number;
  /** Which argument the pattern is; 0 for none. */
  readonly pattern: number;
  /** False when keys of another type were asked for: there are none. */
  readonly strings: boolean;
}

/** Reads the arguments of SCAN; answers what is wrong with them. */
export function readScan(args: Arguments, context: CommandContext): ScanRequest | undefined {
  const cursor = cursorAt(args, 1);
  if (cursor === undefined) {
    context.fail(INVALID_CURSOR);
    return undefined;
  }
  let count: number | bigint = DEFAULT_COUNT;
  let pattern = 0;
  let strings = true;
  for (let i = 2; i < args.count; i += 2) {
    const value = i + 1;
    if (value === args.count) {
      context.fail(SYNTAX_ERROR);
      return undefined;
    }
    if (isWord(args, i, 'count')) {
      const asked = integerAt(args, value);
      if (asked === undefined || asked < 1) {
        context.fail(asked === undefined ? NOT_AN_INTEGER_ERROR : SYNTAX_ERROR);
        return undefined;
      }
      count = asked;
    } else if (isWord(args, i, 'match')) {
      pattern = value;
    } else if (isWord(args, i, 'type')) {
      strings = isWord(args, value, 'string');
    } else {
      context.fail(SYNTAX_ERROR);
      return undefined;
    }
  }
  return { cursor, count: Math.min(Number(count), BATCH), pattern, strings };
}

/** As C's `strtoul` reads it: nothing is 0, and a minus counts back from 2^64. */
function cursorAt(args: Arguments, index: number): bigint | undefined {
  const text = quotedAt(args, index);
  const [read, sign, zeros, digits] = CURSOR.exec(text)!;
  if (read.length < text.length || (sign !== '' && zeros === '' && digits === '')) return undefined;
  const cursor = BigInt(digits!);
  if (cursor >= 2n ** 64n) return undefined;
  return sign === '-' ? BigInt.asUintN(64, -cursor) : cursor;
}

const CURSOR = /^([+-]?)(0*)(\d{0,20})/;

function patternAt(args: Arguments, index: number): Uint8Array | undefined {
  return index === 0 ? undefined : bytesAt(args, index);
}

function scan(args: Arguments, context: CommandContext): void {
  const request = readScan(args, context);
  if (request === undefined) return;
  const { count, strings } = request;
  const { out, node } = context;
  const before = out.length;
  collector.begin(context, patternAt(args, request.pattern));
  // A cursor that no scan gave, beyond what the store counts to, finds nothing.
  const cursor = Number(request.cursor);
  let next = 0;
  if (Number.isSafeInteger(cursor)) {
    next = node.store.scan(EVERY_SLOT, cursor, count, strings ? collector.visit : ignore);
  }
  out.wrapArray(before, strings ? collector.count : 0);
  const end = out.length;
  out.array(2);
  out.bulkText(String(next));
  moveToFront(context, before, end);
}

function ignore(): void {
  // Other types than strings have no entries.
}

/** Puts what was written last, from `end` on, before what was written from `start` on. */
function moveToFront({ out }: CommandContext, start: number, end: number): void {
  const tail = Buffer.from(out.buffer.subarray(end, out.length));
  out.buffer.copyWithin(start + tail.length, start, end);
  tail.copy(out.buffer, start);
}

function randomkey(_args: Arguments, context: CommandContext): void {
  const { out, time } = context;
  const { store } = context.node;
  const now = time.now();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = store.sample(Math.random());
    if (entry === NONE) break;
    const expiresAt = store.expiresAt(entry);
    if (expiresAt !== 0 && expiresAt <= now) continue;
    const offset = out.open(store.keyLength(entry));
    store.copyKey(entry, out.buffer, offset);
    return;
  }
  out.null();
}

function dbsize(_args: Arguments, context: CommandContext): void {
  context.out.integer(context.node.store.entries);
}

function flush(args: Arguments, context: CommandContext): void {
  const valid =
    args.count === 1 || (args.count === 2 && (isWord(args, 1, 'sync') || isWord(args, 1, 'async')));
  if (!valid) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  context.node.clear(EVERY_SLOT);
  context.out.simple('OK');
}

/** The slots of the last {@link scanSlots}, marked: a scan asks for the same ones again and again. */
const marked = { first: 0, end: 0, slots: new Uint8Array(SLOT_COUNT) };

function marksOf(first: number, end: number): Uint8Array {
  if (marked.first !== first || marked.end !== end) {
    marked.slots.fill(0, marked.first, marked.end);
    marked.slots.fill(1, first, end);
    Object.assign(marked, { first, end });
  }
  return marked.slots;
}

/**
 * SCAN as a proxy asks for it: the slots from one to another (exclusive), whichever node is their primary, the entry to
 * go on from, the count, and maybe a pattern. Answers an array: the entry to go on from, 0 when done; how many entries
 * were met; keys.
 */
function scanSlots(args: Arguments, context: CommandContext): void {
  const [first, end, cursor, count] = [1, 2, 3, 4].map((index) => Number(integerAt(args, index)));
  const { out, node } = context;
  const { store } = node;
  const before = out.length;
  collector.begin(context, patternAt(args, args.count === 6 ? 5 : 0));
  // Spares a pass over all records when none is wanted.
  const any = cursor !== 0 || hasEntries(store, first!, end!);
  const next = any ? store.scan(marksOf(first!, end!), cursor!, count!, collector.visit) : 0;
  const keysEnd = out.length;
  out.integer(next);
  out.integer(collector.visited);
  moveToFront(context, before, keysEnd);
  out.wrapArray(before, 2 + collector.count);
}

function hasEntries(store: Store, first: number, end: number): boolean {
  for (let slot = first; slot < end; slot++) if (store.entriesInSlot(slot) > 0) return true;
  return false;
}

export const SCAN_SLOTS = internalCommand({
  name: 'scan',
  arity: -5,
  flags: ['readonly'],
  run: scanSlots,
});

export const SCAN_COMMANDS: readonly CommandRow[] = [
  {
    name: 'keys',
    arity: 2,
    flags: ['readonly'],
    gather: 'concat',
    since: '1.0.0',
    categories: ['@keyspace', '@dangerous'],
    summary: 'Answers all keys that match a pattern.',
    complexity: 'O(N) in the number of entries',
    run: keys,
  },
  {
    name: 'scan',
    arity: -2,
    flags: ['readonly'],
    gather: 'scan',
    since: '2.8.0',
    summary: 'Answers some of the keys, and where to go on.',
    complexity: 'O(1) for each call',
    run: scan,
  },
  {
    name: 'randomkey',
    arity: 1,
    flags: ['readonly'],
    gather: 'any',
    since: '1.0.0',
    summary: 'Answers a key chosen at random.',
    complexity: 'O(1)',
    run: randomkey,
  },
  {
    name: 'dbsize',
    arity: 1,
    flags: ['readonly', 'fast'],
    gather: 'sum',
    since: '1.0.0',
    group: 'server',
    categories: ['@keyspace'],
    summary: 'Counts the entries.',
    complexity: 'O(1)',
    run: dbsize,
  },
  {
    name: 'flushdb',
    arity: -1,
    flags: ['write'],
    gather: 'ok',
    since: '1.0.0',
    group: 'server',
    categories: ['@keyspace', '@dangerous'],
    summary: 'Deletes all entries.',
    complexity: 'O(N) in the number of entries',
    run: flush,
  },
  {
    name: 'flushall',
    arity: -1,
    flags: ['write'],
    gather: 'ok',
    since: '1.0.0',
    group: 'server',
    categories: ['@keyspace', '@dangerous'],
    summary: 'Deletes all entries.',
    complexity: 'O(N) in the number of entries',
    run: flush,
  },
];
