import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Backlog } from './backlog.ts';

type Operation = { readonly push: number } | 'shift' | 'takeDropped' | 'clear';

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.constant('shift' as const) },
  { weight: 1, arbitrary: fc.constant('takeDropped' as const) },
  { weight: 1, arbitrary: fc.constant('clear' as const) },
);

describe('Backlog', () => {
  test('keeps what an array would keep that drops its first elements', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(operation, { maxLength: 100 }),
        (limit, limitBytes, operations) => {
          const backlog = new Backlog(limit, limitBytes);
          let model: Uint8Array[] = [];
          let dropped = 0;
          const isOver = () =>
            model.length > limit || model.reduce((sum, { length }) => sum + length, 0) > limitBytes;

          for (const op of operations) {
            if (op === 'shift') expect(backlog.shift()).toBe(model.shift());
            else if (op === 'takeDropped') {
              expect(backlog.takeDropped()).toBe(dropped);
              dropped = 0;
            } else if (op === 'clear') {
              backlog.clear();
              model = [];
              dropped = 0;
            } else {
              const frame = new Uint8Array(op.push);
              backlog.push(frame);
              model.push(frame);
              for (; model.length > 1 && isOver(); dropped++) model.shift();
            }
          }
          expect(backlog.takeDropped()).toBe(dropped);
          for (const frame of model) expect(backlog.shift()).toBe(frame);
          expect(backlog.shift()).toBeUndefined();
        },
      ),
    );
  });
});
