import { describe, expect, test } from '@jest/globals';
import { testSeed } from '@distributed-cache/test-kit';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import { slotOf } from '@distributed-cache/consistent-hash';
import fc from 'fast-check';
import { IF_ABSENT, IF_PRESENT, KEEP_TTL } from './keyspace.ts';
import { TestNode } from './data-node.spec-helper.ts';
import {
  MISS,
  MOVED,
  NOT_AN_INTEGER,
  NOT_STORED,
  OK,
  OUT_OF_RANGE,
  TOO_LARGE,
  type Status,
} from './status.ts';

const MAX_ENTRIES = 4;
const MAX_VALUE = 30;
const KEYS = ['', 'a', 'b', '{a}b', 'ключ', '\0', 'e', 'f'];
const slots = KEYS.map((key) => slotOf(Buffer.from(key), 0, Buffer.byteLength(key)));

interface Entry {
  value: string;
  expiresAt: number;
}

/** What a data node should do, as plainly as it can be said: a Map in the order of use, oldest first. */
class NaiveNode {
  readonly entries = new Map<string, Entry>();
  readonly moved = new Set<number>();
  now = 0;
  hits = 0;
  misses = 0;
  evictions = 0;
  expirations = 0;

  find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.expiresAt > this.now) return entry;
    this.entries.delete(key);
    this.expirations++;
    return undefined;
  }

  read(key: string): Entry | undefined {
    const entry = this.find(key);
    if (entry) this.hits++;
    else this.misses++;
    return entry;
  }

  use(key: string): void {
    const entry = this.entries.get(key)!;
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  write(key: string, value: string, expiresAt: number): Status {
    if (value.length > MAX_VALUE) return TOO_LARGE;
    if (!this.find(key) && this.entries.size === MAX_ENTRIES) {
      const [expired] = [...this.entries]
        .filter(([, e]) => e.expiresAt <= this.now)
        .sort(([, a], [, b]) => a.expiresAt - b.expiresAt);
      if (expired) this.find(expired[0]);
      else {
        this.entries.delete([...this.entries.keys()][0]!);
        this.evictions++;
      }
    }
    this.entries.set(key, { value, expiresAt });
    this.use(key);
    return OK;
  }

  set(key: string, value: string, ttl: number, flags: number): Status {
    const present = flags === 0 ? undefined : this.find(key);
    if (flags & IF_ABSENT && present) return NOT_STORED;
    if (flags & IF_PRESENT && !present) return NOT_STORED;
    const fresh = ttl === 0 ? Infinity : this.now + ttl;
    return this.write(key, value, flags & KEEP_TTL && present ? present.expiresAt : fresh);
  }

  append(key: string, value: string): number {
    const entry = this.find(key);
    const joined = (entry?.value ?? '') + value;
    const status = this.write(key, joined, entry?.expiresAt ?? Infinity);
    return status === OK ? joined.length : status;
  }

  add(key: string, delta: bigint): string | Status {
    const entry = this.find(key);
    const before = entry?.value ?? '0';
    if (!/^(0|-?[1-9][0-9]{0,18})$/.test(before) || BigInt.asIntN(64, BigInt(before)) !== BigInt(before))
      return NOT_AN_INTEGER;
    const sum = BigInt(before) + delta;
    if (BigInt.asIntN(64, sum) !== sum) return OUT_OF_RANGE;
    const status = this.write(key, String(sum), entry?.expiresAt ?? Infinity);
    return status === OK ? String(sum) : status;
  }
}

/** A data node and its model, and a near cache that lives on what the node publishes. */
class Subject {
  readonly it = new TestNode({
    maxEntries: MAX_ENTRIES,
    maxValueBytes: MAX_VALUE,
    statusInterval: 2 ** 31 - 1,
  });
  readonly model = new NaiveNode();
  readonly near = new Map<string, { value: string; epoch: number; counter: number }>();
  #epoch = 1;
  #sequence = 0;

  constructor() {
    this.it.pubsub.listened.add('cache_invalidation');
  }

  /** Runs the operation on both, unless its slot is elsewhere. */
  both<T>(index: number, real: (key: string) => T, naive: (key: string) => T): void {
    const key = KEYS[index]!;
    expect(real(key)).toEqual(this.model.moved.has(slots[index]!) ? MOVED : naive(key));
  }

  get(index: number): void {
    this.both(
      index,
      (key) => this.it.get(key),
      (key) => {
        const entry = this.model.read(key);
        if (!entry) return MISS;
        this.model.use(key);
        this.#cache(key, entry.value);
        return entry.value;
      },
    );
  }

  move(slot: number): void {
    if (this.model.moved.delete(slot)) this.it.node.takeSlots([slot], ++this.#epoch);
    else {
      this.model.moved.add(slot);
      this.it.node.releaseSlots([slot]);
    }
  }

  /** The turn of the event loop ends and time passes, with or without a run of active expiry. */
  pass(ms: number, active: boolean): void {
    this.it.clock.jump(ms);
    this.model.now += ms;
    if (active) {
      this.it.node.store.expire(this.model.now, Infinity);
      for (const key of [...this.model.entries.keys()]) this.model.find(key);
      expect(this.it.node.statistics().entries).toBe(this.model.entries.size);
    }
    for (const message of this.it.invalidations()) {
      expect(message.sequence).toBe(++this.#sequence);
      for (const { key, version } of message.entries) this.#invalidate(Buffer.from(key!).toString(), version);
    }
    for (const [key, { value }] of this.near) {
      expect([key, this.model.entries.get(key)?.value]).toEqual([key, value]);
    }
  }

  check(): void {
    const { hits, misses, evictions } = this.model;
    expect(this.it.node.statistics()).toMatchObject({ hits, misses, evictions });
    // Of entries that were due at the same time, either may be the first that makes room.
    expect(entriesEver(this.it.node.statistics())).toBe(
      entriesEver({ entries: this.model.entries.size, expirations: this.model.expirations }),
    );
  }

  #cache(key: string, value: string): void {
    const { store } = this.it.node;
    const entry = store.find(Buffer.from(key), 0, Buffer.byteLength(key), this.model.now);
    this.near.set(key, { value, epoch: store.versionEpoch(entry), counter: store.versionCounter(entry) });
  }

  #invalidate(key: string, version: { epoch: number; counter: number }): void {
    const cached = this.near.get(key);
    if (!cached) return;
    const isLower =
      cached.epoch < version.epoch || (cached.epoch === version.epoch && cached.counter < version.counter);
    if (isLower) this.near.delete(key);
  }
}

/** Those that are there, and those that were due and left. */
function entriesEver({ entries, expirations }: Pick<NodeStatistics, 'entries' | 'expirations'>): number {
  return entries + expirations;
}

type Step = (subject: Subject) => void;

function step<T extends unknown[]>(
  weight: number,
  name: string,
  args: fc.Arbitrary<T>,
  run: (s: Subject, ...args: T) => void,
): fc.WeightedArbitrary<Step> {
  const arbitrary = args.map((values) =>
    Object.assign((subject: Subject) => run(subject, ...values), {
      [fc.toStringMethod]: () => `${name}(${values.map((value) => fc.stringify(value)).join(', ')})`,
    }),
  );
  return { weight, arbitrary };
}

const index = fc.nat(KEYS.length - 1);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom('x', 'y', '1'), maxLength: MAX_VALUE + 2 }) },
  { weight: 3, arbitrary: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('0', '9', '-1', '01', '9223372036854775807', '-9223372036854775808'),
  },
);
const ttl = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }));
const flags = fc.constantFrom(
  0,
  0,
  0,
  IF_ABSENT,
  IF_PRESENT,
  KEEP_TTL,
  IF_PRESENT | KEEP_TTL,
  IF_ABSENT | IF_PRESENT,
);
const delta = fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));

const steps = fc.array(
  fc.oneof(
    step(5, 'get', fc.tuple(index), (s, k) => s.get(k)),
    step(2, 'has', fc.tuple(index), (s, k) =>
      s.both(
        k,
        (key) => s.it.has(key),
        (key) => (s.model.read(key) ? OK : MISS),
      ),
    ),
    step(2, 'touch', fc.tuple(index), (s, k) =>
      s.both(
        k,
        (key) => s.it.touch(key),
        (key) => {
          if (!s.model.read(key)) return MISS;
          s.model.use(key);
          return OK;
        },
      ),
    ),
    step(6, 'set', fc.tuple(index, value, ttl, flags), (s, k, v, t, f) =>
      s.both(
        k,
        (key) => s.it.set(key, v, { ttl: t, flags: f }),
        (key) => s.model.set(key, v, t, f),
      ),
    ),
    step(2, 'delete', fc.tuple(index), (s, k) =>
      s.both(
        k,
        (key) => s.it.delete(key),
        (key) => (s.model.find(key) && s.model.entries.delete(key) ? OK : MISS),
      ),
    ),
    step(3, 'append', fc.tuple(index, value), (s, k, v) =>
      s.both(
        k,
        (key) => s.it.append(key, v),
        (key) => s.model.append(key, v),
      ),
    ),
    step(4, 'add', fc.tuple(index, delta, fc.boolean()), (s, k, d, asNumber) => {
      const exact = asNumber && Number.isSafeInteger(Number(d)) ? Number(d) : d;
      s.both<string | Status>(
        k,
        (key) => s.it.add(key, exact),
        (key) => s.model.add(key, d),
      );
    }),
    step(3, 'pass', fc.tuple(fc.nat(25), fc.boolean()), (s, ms, active) => s.pass(ms, active)),
    step(1, 'move', fc.tuple(fc.constantFrom(...slots)), (s, slot) => s.move(slot)),
  ),
  { maxLength: 100, size: 'max' },
);

describe('DataNode', () => {
  const seed = testSeed();

  test(`agrees with a naive model, and no near cache stays stale (TEST_SEED=${seed})`, () => {
    fc.assert(
      fc.property(steps, (script) => {
        const subject = new Subject();
        for (const next of script) {
          next(subject);
          subject.check();
        }
        subject.pass(0, false);
      }),
      { seed, numRuns: 120 },
    );
  });
});
