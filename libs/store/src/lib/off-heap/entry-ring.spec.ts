import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EntryRing } from './entry-ring.ts';
import { PagePool } from './pages.ts';

const END = 500;

describe('EntryRing', () => {
  test('agrees with an array, newest first, in both directions', () => {
    const actions = fc.array(fc.tuple(fc.constantFrom('add', 'remove'), fc.nat(END - 1)), { maxLength: 100 });
    fc.assert(
      fc.property(actions, (script) => {
        const ring = new EntryRing(new PagePool(1 << 16), END);
        let model: number[] = [];
        for (const [action, entry] of script) {
          if (model.includes(entry) !== (action === 'remove')) continue;
          if (action === 'add') {
            ring.add(entry);
            model.unshift(entry);
          } else {
            ring.remove(entry);
            model = model.filter((other) => other !== entry);
          }
          const older: number[] = [];
          for (let at = ring.newest; at !== END; at = ring.olderThan(at)) older.push(at);
          expect(older).toEqual(model);
          const newer: number[] = [];
          for (let at = ring.oldest; at !== END; at = ring.newerThan(at)) newer.push(at);
          expect(newer).toEqual(model.toReversed());
        }
        ring.reset();
        expect([ring.newest, ring.oldest]).toEqual([END, END]);
      }),
    );
  });
});
