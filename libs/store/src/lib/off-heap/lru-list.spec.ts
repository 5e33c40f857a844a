import { describe, expect, test } from '@jest/globals';
import { must } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { NONE } from '../store.ts';
import { LruList } from './lru-list.ts';
import { Memory } from './memory.ts';

const actions = fc.array(
  fc.tuple(fc.constantFrom('add', 'touch', 'remove', 'later', 'reset'), fc.nat(1000)),
  {
    maxLength: 100,
  },
);

describe('LruList', () => {
  test('agrees with an array, newest first, however time goes by', () => {
    fc.assert(
      fc.property(actions, (script) => {
        const { pool, records } = new Memory(1 << 20, () => expect(true).toBe(false));
        const list = new LruList(pool);
        const model: number[] = [];
        let now = 0;
        for (const [action, random] of script) {
          if (action === 'later') {
            list.tick((now += random));
          } else if (action === 'reset' && random < 50) {
            list.reset();
            model.length = 0;
          } else if (action === 'add') {
            const entry = records.take(1, 0);
            list.add(entry);
            model.unshift(entry);
          } else if (model.length > 0) {
            const entry = must(model.splice(random % model.length, 1)[0]);
            if (action === 'remove') {
              list.remove(entry);
            } else {
              list.touch(entry);
              model.unshift(entry);
            }
          }
          expect(list.victim(NONE)).toBe(model.at(-1) ?? NONE);
          expect(list.victim(model.at(-1) ?? NONE)).toBe(model.at(-2) ?? NONE);
        }
        for (const entry of model.toReversed()) {
          expect(list.victim(NONE)).toBe(entry);
          list.remove(entry);
        }
        expect(list.victim(NONE)).toBe(NONE);
      }),
    );
  });

  test.each(['add', 'touch'] as const)('%s is a use, and after many there is a mark', (use) => {
    const { pool, records } = new Memory(1 << 20, () => expect(true).toBe(false));
    const list = new LruList(pool);
    const entries = Array.from({ length: 1024 }, () => records.take(1, 0));
    for (const entry of entries) list.add(entry);
    if (use === 'touch') {
      list.tick(10);
      for (const entry of entries) list.touch(entry);
    }
    list.tick(50);
    list.touch(must(entries[0]));
    const since = use === 'touch' ? 10 : 0;
    expect([0, 1, 1023].map((i) => list.idleTime(must(entries[i]), 60))).toEqual([
      10,
      60 - since,
      60 - since,
    ]);
  });
});
