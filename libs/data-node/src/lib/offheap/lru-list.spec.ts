import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NONE } from '../store.ts';
import { LruList } from './lru-list.ts';
import { Memory } from './memory.ts';
import { NEWER, OLDER } from './records.ts';

describe('LruList', () => {
  test('agrees with an array, newest first', () => {
    const actions = fc.array(fc.tuple(fc.constantFrom('add', 'touch', 'remove'), fc.nat(1000)), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(actions, (script) => {
        const { pool, records } = new Memory(1 << 20, () => expect(true).toBe(false));
        const list = new LruList(pool);
        const model: number[] = [];
        for (const [action, random] of script) {
          const at = random % Math.max(model.length, 1);
          if (action === 'add') {
            const entry = records.take(1, 0);
            list.add(entry);
            model.unshift(entry);
          } else if (model.length > 0) {
            const [entry] = model.splice(at, 1);
            if (action === 'touch') {
              list.touch(entry!);
              model.unshift(entry!);
            } else {
              list.remove(entry!);
            }
          }

          const forwards: number[] = [];
          for (let entry = list.newest; entry !== NONE; entry = records.get(entry, OLDER))
            forwards.push(entry);
          expect(forwards).toEqual(model);
          const backwards: number[] = [];
          for (let entry = list.oldest; entry !== NONE; entry = records.get(entry, NEWER))
            backwards.push(entry);
          expect(backwards).toEqual(model.toReversed());
          expect(list.victim(NONE)).toBe(model.at(-1) ?? NONE);
          expect(list.victim(model.at(-1) ?? NONE)).toBe(model.at(-2) ?? NONE);
        }
      }),
    );
  });
});
