import { describe, expect, test } from '@jest/globals';
import { must, testSeed } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { NONE } from '../store.ts';
import { AdaptivePolicy } from './adaptive-policy.ts';
import { Ghosts } from './ghosts.ts';
import { Memory } from './memory.ts';
import { VALUE_LENGTH } from './records.ts';
import { NOTHING, rarityOf, Tuner } from './tuner.ts';

const unneeded = (): void => {
  throw new Error('there is memory enough');
};

interface Entry {
  readonly entry: number;
  readonly hash: number;
  uses: number;
  weight: number;
}

/** The same policy in plain arrays, oldest first. */
class NaivePolicy {
  window: Entry[] = [];
  main: Entry[] = [];
  readonly tuner = new Tuner();
  readonly ghosts = new Ghosts(new Memory(1 << 20, unneeded));
  #full = Infinity;
  #rejected: Entry | undefined;
  #random = 1;

  get all(): Entry[] {
    return [...this.window, ...this.main];
  }

  get weight(): number {
    return weigh(this.all);
  }

  add(entry: number, hash: number, weight: number): void {
    const added = { entry, hash, uses: 0, weight };
    const entries = this.all.length + 1;
    if (this.ghosts.entries < entries) this.ghosts.grow();
    this.#sample(hash, entries);
    (this.ghosts.has(hash, this.tuner.shape.reach) ? this.main : this.window).push(added);
    const hasRoom = this.weight < 0.95 * this.#full;
    for (let moves = 0; hasRoom && moves < 4; moves++) {
      const share = this.tuner.shape.window * this.weight;
      if (this.window.length === 0 || this.window[0] === added || weigh(this.window) <= share) break;
      this.main.push({ ...must(this.window.shift()), uses: 0 });
    }
  }

  touch(entry: Entry): void {
    entry.uses = Math.min(entry.uses + 1, 7);
    this.#sample(entry.hash, this.all.length);
  }

  remove(entry: Entry): void {
    this.window = this.window.filter((other) => other !== entry);
    this.main = this.main.filter((other) => other !== entry);
    if (entry === this.#rejected) this.ghosts.add(entry.hash);
    this.#rejected = undefined;
    this.ghosts.fit(this.all.length);
  }

  victim(keep: number): Entry | undefined {
    this.#full = this.weight;
    if (this.tuner.sampling === NOTHING) this.tuner.start(this.all.length);
    const { window: share, uses } = this.tuner.shape;
    for (let step = 1; ; step++) {
      const choices = { window: this.window[0], main: this.main[0] };
      if (choices.window?.entry === keep) choices.window = this.window[1];
      if (choices.main?.entry === keep) choices.main = this.main[1];
      const next = this.window[0]?.weight ?? -Infinity;
      const wantsWindow = weigh(this.window) + next > share * this.weight;
      const chosen = wantsWindow ? (choices.window ?? choices.main) : (choices.main ?? choices.window);
      if (chosen === undefined) return undefined;
      const inWindow = chosen === choices.window;
      const stays = inWindow ? chosen.uses >= uses || this.#chance() : chosen.uses > 0;
      if (!stays || step === 64) {
        this.#rejected = inWindow ? chosen : undefined;
        return chosen;
      }
      if (inWindow) this.window = this.window.filter((other) => other !== chosen);
      else this.main = this.main.filter((other) => other !== chosen);
      this.main.push(chosen);
      chosen.uses = inWindow ? 0 : chosen.uses - 1;
    }
  }

  #sample(hash: number, entries: number): void {
    if (rarityOf(hash) >= this.tuner.sampling) this.tuner.access(hash, entries);
  }

  #chance(): boolean {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random < 2 ** 32 / 128;
  }
}

function weigh(entries: readonly Entry[]): number {
  return entries.reduce((sum, { weight }) => sum + weight, 0);
}

describe('AdaptivePolicy', () => {
  const seed = testSeed();

  test(`agrees with a naive implementation (TEST_SEED=${seed})`, () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.constant('add') },
      { weight: 6, arbitrary: fc.constant('touch') },
      { weight: 2, arbitrary: fc.constant('touch often') },
      { weight: 1, arbitrary: fc.constant('remove') },
      { weight: 2, arbitrary: fc.constant('grow') },
      { weight: 4, arbitrary: fc.constant('evict') },
      { weight: 1, arbitrary: fc.constant('evict another') },
    );
    const script = fc.array(fc.tuple(action, fc.nat(60)), { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(script, (steps) => {
        const memory = new Memory(1 << 20, unneeded);
        const { records } = memory;
        const model = new NaivePolicy();
        const hashOf = (entry: number): number => must(model.all.find((each) => each.entry === entry)).hash;
        const policy = new AdaptivePolicy(memory, hashOf);
        const evict = (keep: number): void => {
          const expected = model.victim(keep);
          expect(policy.victim(keep)).toBe(expected?.entry ?? NONE);
          if (expected === undefined) return;
          model.remove(expected);
          policy.remove(expected.entry, expected.hash);
          records.giveBack(expected.entry);
        };
        for (const [kind, random] of steps) {
          const { all } = model;
          const some = all[random % Math.max(all.length, 1)];
          if (kind === 'add') {
            // A few keys, so that they come back; rare and frequent hashes.
            const hash = (random % 20) * 0x01234567;
            if (all.some((each) => each.hash === hash)) continue;
            const entry = records.take(random, 16383);
            policy.add(entry, hash);
            model.add(entry, hash, random + 48);
            expect(records.slot(entry)).toBe(16383);
          } else if (kind === 'evict') {
            evict(NONE);
          } else if (some !== undefined) {
            if (kind === 'evict another') evict(some.entry);
            if (kind === 'remove') {
              model.remove(some);
              policy.remove(some.entry, some.hash);
              records.giveBack(some.entry);
            }
            for (let uses = kind === 'touch often' ? 7 : kind === 'touch' ? 1 : 0; uses > 0; uses--) {
              model.touch(some);
              policy.touch(some.entry);
            }
            if (kind === 'grow') {
              policy.grown(some.entry, random * 20 - records.get(some.entry, VALUE_LENGTH));
              some.weight += random * 20 - records.get(some.entry, VALUE_LENGTH);
              records.set(some.entry, VALUE_LENGTH, random * 20);
            }
          }
          expect(policy.weight).toBe(model.weight);
          for (const { entry, uses } of model.all) expect(policy.frequency(entry)).toBe(uses);
        }
        while (model.all.length > 0) evict(NONE);
        expect(policy.victim(NONE)).toBe(NONE);
        expect(policy.weight).toBe(0);
      }),
      { seed, numRuns: 300 },
    );
  });
});
