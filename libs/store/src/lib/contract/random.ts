import { test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import type { EvictionPolicyName } from '../store.ts';
import { bytes, ModelledStore, type CreateStore } from './model.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const SLOTS = [0, 7, 16383];
const KEYS = [
  Buffer.alloc(0),
  Buffer.from([0]),
  Buffer.from([0, 0]),
  Buffer.from([255]),
  Buffer.from('a'),
  Buffer.from('á'),
  Buffer.from('á', 'latin1'),
  Buffer.from('{tag}\r\n'),
  Buffer.from('__proto__'),
  bytes(17),
  bytes(18),
  bytes(1500),
  bytes(1500, 1),
  bytes(64 * KIB),
];

/** Takes a store and its model through one step. Prints itself, so that a counterexample reads as a script. */
type Step = (subject: ModelledStore) => void;

function step<T extends unknown[]>(
  weight: number,
  method: string,
  args: fc.Arbitrary<T>,
  run: (subject: ModelledStore, ...args: T) => void,
): fc.WeightedArbitrary<Step> {
  const arbitrary = args.map((values) =>
    Object.assign((subject: ModelledStore) => run(subject, ...values), {
      [fc.toStringMethod]: () => `${method}(${values.map((value) => fc.stringify(value)).join(', ')})`,
    }),
  );
  return { weight, arbitrary };
}

function steps(length: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  const index = fc.nat(KEYS.length - 1);
  const seed = fc.nat(255);
  const ttl = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }));
  const few = fc.integer({ min: 1, max: 4 });
  const slot = fc.constantFrom(...SLOTS);
  const slots = fc.subarray(SLOTS, { minLength: 1 });
  const counter = fc.oneof(fc.nat(20), fc.constant(2 ** 32 - 1));
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const at = (k: number): [key: Buffer, slot: number] => [must(KEYS[k]), must(SLOTS[k % SLOTS.length])];
  return fc.oneof(
    step(8, 'put', fc.tuple(index, length, seed, ttl), (s, k, l, b, t) => s.put(...at(k), bytes(l, b), t)),
    step(3, 'update', fc.tuple(index, fc.nat(300), length, seed), (s, k, o, l, b) =>
      s.update(must(KEYS[k]), o, bytes(l, b)),
    ),
    step(3, 'find', fc.tuple(index), (s, k) => void s.find(must(KEYS[k]))),
    step(3, 'touch', fc.tuple(index), (s, k) => s.touch(must(KEYS[k]))),
    step(2, 'setExpiry', fc.tuple(index, ttl), (s, k, t) => s.setExpiry(must(KEYS[k]), t)),
    step(1, 'setVersion', fc.tuple(index, fc.nat(9), counter), (s, k, e, c) => s.setVersion(...at(k), e, c)),
    step(2, 'remove', fc.tuple(index), (s, k) => s.remove(...at(k))),
    step(2, 'expire', fc.tuple(few), (s, limit) => s.expire(limit)),
    step(3, 'later', fc.tuple(fc.integer({ min: 1, max: 40 })), (s, ms) => void (s.now += ms)),
    step(3, 'scan', fc.tuple(slots, few), (s, marks, limit) => s.scan(marks, limit)),
    step(1, 'clear', fc.tuple(slots), (s, marks) => s.clear(marks)),
    step(1, 'beginEpoch', fc.tuple(slot, fc.nat(9)), (s, n, epoch) => s.beginEpoch(n, epoch)),
    step(1, 'advanceVersion', fc.tuple(slot), (s, n) => s.advanceVersion(n)),
    step(1, 'sample', fc.tuple(fraction), (s, random) => s.sample(random)),
  );
}

function run(subject: ModelledStore, script: readonly Step[]): void {
  for (const next of script) {
    next(subject);
    subject.check();
  }
  subject.checkContents();
  subject.check();
}

/** A store and a naive model of it go through the same random scripts, at an entry limit and at a byte budget. */
export function describeAgainstModel(
  create: CreateStore,
  seed: number,
  evictionPolicy: EvictionPolicyName,
): void {
  test(`agrees with a naive model at an entry limit (TEST_SEED=${seed})`, () => {
    const script = fc.array(steps(fc.nat(300)), { maxLength: 120, size: 'max' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), script, (maxEntries, next) => {
        run(new ModelledStore(create, { maxBytes: 64 * MIB, maxEntries, evictionPolicy }, SLOTS), next);
      }),
      { seed, numRuns: 100 },
    );
  });

  test(`agrees with a naive model at a byte budget (TEST_SEED=${seed})`, () => {
    const length = fc.oneof(fc.nat(300), fc.integer({ min: 30 * KIB, max: 300 * KIB }));
    const script = fc.array(steps(length), { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(script, (next) => {
        run(new ModelledStore(create, { maxBytes: MIB, evictionPolicy }, SLOTS), next);
      }),
      { seed, numRuns: 60 },
    );
  });
}
