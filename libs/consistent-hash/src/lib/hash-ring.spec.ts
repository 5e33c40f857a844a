import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { RingError } from './errors.ts';
import { HashRing, type HashRingOptions } from './hash-ring.ts';
import { MAX_MEMBERS, type RingMember } from './member.ts';
import { type HashFunction, murmur3 } from './murmur3.ts';

const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);

function ringOf(members: Iterable<string | RingMember>, options?: HashRingOptions): HashRing {
  const ring = new HashRing(options);
  for (const member of members) {
    if (typeof member === 'string') ring.add(member);
    else ring.add(member.id, member.weight);
  }
  return ring;
}

const ownersOf = (ring: HashRing, count = 3): string[][] => keys.map((key) => ring.owners(key, count));

function refusal(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (error instanceof RingError) return { code: error.code, value: error.value };
    throw error;
  }
  return 'accepted';
}

/** A hash that is written down: points by "id:replica", keys by name. */
const written =
  (positions: Record<string, number>): HashFunction =>
  (text, seed) =>
    must(positions[seed === 0 ? text : `${text}:${seed}`]);

/** The ring by its definition: all points in a list, sorted at every question. */
class NaiveRing {
  readonly weights = new Map<string, number>();

  constructor(
    readonly virtualNodes: number,
    readonly hash: HashFunction,
  ) {}

  owners(key: string, count: number): string[] {
    const position = this.hash(key, 0);
    const points = [...this.weights].flatMap(([id, weight]) =>
      Array.from({ length: Math.max(1, Math.round(weight * this.virtualNodes)) }, (_, i) => {
        const point = this.hash(id, i + 1);
        return { id, distance: point >= position ? point - position : point - position + 2 ** 32 };
      }),
    );
    points.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
    return [...new Set(points.map(({ id }) => id))].slice(0, count);
  }
}

describe('HashRing', () => {
  test('an empty ring owns nothing', () => {
    const ring = new HashRing();
    expect(ring.owner('key')).toBeUndefined();
    expect(ring.owners('key', 2)).toEqual([]);
    expect(ring.size).toBe(0);
    expect(ring.members).toEqual([]);
  });

  test('a single node owns every key', () => {
    const ring = ringOf(['only']);
    for (const key of ['', 'key', 'ключ', '\0', '\u{1f600}'.repeat(100)]) {
      expect(ring.owner(key)).toBe('only');
      expect(ring.owners(key, 5)).toEqual(['only']);
    }
  });

  test('the node that was emptied out owns nothing any more', () => {
    const ring = ringOf(['a']);
    expect(ring.owner('key')).toBe('a');
    expect(ring.remove('a')).toBe(true);
    expect(ring.owner('key')).toBeUndefined();
  });

  test('adding a node twice changes nothing and says so', () => {
    const ring = new HashRing();
    expect(ring.add('a', 2)).toBe(true);
    ring.add('b');
    const before = ownersOf(ring);
    expect(ring.add('a', 2)).toBe(false);
    expect(ring.members).toEqual([
      { id: 'a', weight: 2 },
      { id: 'b', weight: 1 },
    ]);
    expect(ownersOf(ring)).toEqual(before);
  });

  test('adding a node with another weight gives it that weight', () => {
    const ring = ringOf(['a', 'b']);
    ring.owner('key');
    expect(ring.add('a', 3)).toBe(true);
    expect(ownersOf(ring)).toEqual(ownersOf(ringOf(['b', { id: 'a', weight: 3 }])));
  });

  test('removing a node that is not there changes nothing and says so', () => {
    const ring = ringOf(['a', 'b']);
    const before = ownersOf(ring);
    expect(ring.remove('c')).toBe(false);
    expect(ring.has('c')).toBe(false);
    expect(ownersOf(ring)).toEqual(before);
  });

  test.each([0, -1, 0.009, 100.1, NaN, Infinity, '1' as unknown as number])('refuses weight %p', (weight) => {
    const ring = ringOf(['a', 'b']);
    const before = ownersOf(ring);
    expect(refusal(() => ring.add('c', weight))).toEqual({ code: 'INVALID_WEIGHT', value: weight });
    expect(refusal(() => ring.add('a', weight))).toEqual({ code: 'INVALID_WEIGHT', value: weight });
    expect(ring.size).toBe(2);
    expect(ownersOf(ring)).toEqual(before);
  });

  test.each(['', '\ud800', 'a\udc00b', undefined as unknown as string, 7 as unknown as string])(
    'refuses id %j',
    (id) => {
      const ring = ringOf(['a']);
      expect(refusal(() => ring.add(id))).toEqual({ code: 'INVALID_ID', value: id });
      expect(ring.members).toEqual([{ id: 'a', weight: 1 }]);
    },
  );

  test('says in the message what is wrong and what is accepted', () => {
    const ring = new HashRing();
    expect(() => ring.add('a', -1)).toThrow(
      'The weight of member "a" must be a number from 0.01 to 100, not -1.',
    );
    expect(() => ring.add('')).toThrow('A member id must be a non-empty string of well-formed Unicode.');
  });

  test.each([0, -5, 1.5, NaN, 100_001])('refuses %p virtual nodes', (virtualNodes) => {
    expect(refusal(() => new HashRing({ virtualNodes }))).toEqual({
      code: 'INVALID_VIRTUAL_NODES',
      value: virtualNodes,
    });
  });

  test.each([-1, 1.5, NaN, Infinity])('refuses to look for %p owners', (count) => {
    expect(refusal(() => ringOf(['a']).owners('key', count))).toEqual({
      code: 'INVALID_COUNT',
      value: count,
    });
    expect(refusal(() => new HashRing().owners('key', count))).toEqual({
      code: 'INVALID_COUNT',
      value: count,
    });
  });

  test('has room for 1,000 nodes, and for changes of theirs when it is full', () => {
    const ring = new HashRing({ virtualNodes: 1 });
    for (let i = 0; i < MAX_MEMBERS; i++) ring.add(`node-${i}`);
    expect(refusal(() => ring.add('one more'))).toEqual({ code: 'TOO_MANY_MEMBERS', value: 'one more' });
    expect(ring.add('node-7', 2)).toBe(true);
    expect(ring.owners('key', MAX_MEMBERS + 1)).toHaveLength(MAX_MEMBERS);
  });

  test('the same nodes give the same ring, in whatever order they came and whoever was there in between', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        ids.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
        ([list, shuffled], visitors) => {
          const options = { virtualNodes: 20 };
          const ring = ringOf(visitors, options);
          for (const id of shuffled) {
            ring.add(id);
            ring.owner('a lookup in between');
          }
          for (const id of visitors) if (!list.includes(id)) ring.remove(id);
          expect(ring.members).toEqual(ringOf(list, options).members);
          expect(ownersOf(ring)).toEqual(ownersOf(ringOf(list, options)));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a point on which two nodes collide belongs to the lesser id, and to the other one when that is gone', () => {
    const hash = written({ 'a:1': 100, 'b:1': 100, 'c:1': 200, key: 50 });
    for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
      const ring = ringOf(order, { virtualNodes: 1, hash });
      expect(ring.owners('key', 3)).toEqual(['a', 'b', 'c']);
      ring.remove('a');
      expect(ring.owners('key', 3)).toEqual(['b', 'c']);
      ring.add('a');
      expect(ring.owner('key')).toBe('a');
      ring.remove('b');
      expect(ring.owners('key', 3)).toEqual(['a', 'c']);
    }
  });

  test.each([
    ['at a point', 100, 'low'],
    ['after a point', 101, 'high'],
    ['at the last position', 0xffff_ffff, 'high'],
    ['at position zero', 0, 'low'],
  ])('a key %s finds the right node', (_, position, owner) => {
    const hash = written({ 'low:1': 100, 'high:1': 0xffff_ffff, key: position });
    expect(ringOf(['low', 'high'], { virtualNodes: 1, hash }).owner('key')).toBe(owner);
  });

  test('behind the last point the ring begins again', () => {
    const hash = written({ 'a:1': 0, 'b:1': 0x9000_0000, key: 0x9000_0001, last: 0xffff_ffff });
    const ring = ringOf(['a', 'b'], { virtualNodes: 1, hash });
    expect(ring.owners('key', 2)).toEqual(['a', 'b']);
    expect(ring.owners('last', 2)).toEqual(['a', 'b']);
  });

  test('the id and the number of a virtual node cannot be mistaken for those of another', () => {
    const points: string[] = [];
    const hash: HashFunction = (text, seed) => {
      if (seed > 0) points.push(`${JSON.stringify(text)} ${seed}`);
      return murmur3(text, seed);
    };
    ringOf(['a', 'a1', 'a11', '1', '11'], { virtualNodes: 111, hash }).owner('key');
    expect(new Set(points).size).toBe(5 * 111);
  });

  test('agrees with the naive ring through any history, collisions, weights and all', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', 'node-1', 'node-10');
    const step = fc.oneof(
      fc.record({ add: id, weight: fc.constantFrom(0.01, 0.5, 1, 1, 2.5) }),
      fc.record({ remove: id }),
    );
    const hashes: HashFunction[] = [
      murmur3,
      (text, seed) => murmur3(text, seed) % 64,
      (text, seed) => (murmur3(text, seed) | 0x03ff_ffff) >>> 0,
    ];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom(...hashes), (steps, hash) => {
        const ring = new HashRing({ virtualNodes: 8, hash });
        const naive = new NaiveRing(8, hash);
        for (const change of steps) {
          if ('add' in change) {
            ring.add(change.add, change.weight);
            naive.weights.set(change.add, change.weight);
          } else {
            expect(ring.remove(change.remove)).toBe(naive.weights.delete(change.remove));
          }
          for (const key of keys.slice(0, 10)) {
            expect(ring.owners(key, 3)).toEqual(naive.owners(key, 3));
            expect(ring.owner(key)).toBe(naive.owners(key, 1)[0]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('when a node leaves, its keys go to the next owners and no other key moves', () => {
    const ring = ringOf(['a', 'b', 'c', 'd', 'e']);
    const before = new Map(keys.map((key) => [key, ring.owners(key, 5)]));
    ring.remove('c');
    for (const [key, owners] of before) {
      expect(ring.owners(key, 5)).toEqual(owners.filter((id) => id !== 'c'));
    }
  });

  test('nodes own keys in proportion to their weights', () => {
    const weights = { half: 0.5, one: 1, two: 2, four: 4 };
    const ring = ringOf(Object.entries(weights).map(([id, weight]) => ({ id, weight })));
    const owned = new Map<string, number>();
    const samples = 50_000;
    for (let i = 0; i < samples; i++) {
      const owner = must(ring.owner(`key-${i}`));
      owned.set(owner, (owned.get(owner) ?? 0) + 1);
    }
    for (const [id, weight] of Object.entries(weights)) {
      const share = must(owned.get(id)) / (samples * (weight / 7.5));
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(1.1);
    }
  });
});
