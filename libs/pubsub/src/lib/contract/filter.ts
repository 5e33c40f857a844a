import { describe, expect, test } from '@jest/globals';
import type { TopologyChange } from '../messages.ts';
import type { Bus } from './bus.ts';
import { range } from './messages.ts';
import { fail, Gate, Probe } from './probe.ts';

const odd = ({ epoch }: TopologyChange): boolean => epoch % 2 === 1;

export function describeFilter(bus: Bus): void {
  describe('a filter', () => {
    test('chooses what a handler and a stream get, and what nobody else gets', async () => {
      const [handler, stream, witness] = [new Probe(), new Probe(), new Probe()];
      bus.subscriber.messages$('topology', { filter: odd }).subscribe(stream.take);
      await bus.listen(handler.take, { filter: odd });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 7);
      await Promise.all([handler.reaches(4), stream.reaches(4), witness.reaches(7)]);
      expect([handler.trace, stream.trace]).toEqual([
        [1, 3, 5, 7],
        [1, 3, 5, 7],
      ]);
      expect(witness.trace).toEqual(range(1, 7));
    });

    test('keeps what it refuses out of the limits: nothing else is dropped for it', async () => {
      const gate = new Gate();
      const [slow, witness] = [new Probe(), new Probe()];
      await bus.listen(
        async (message) => {
          slow.take(message);
          await gate.opened;
        },
        { filter: ({ epoch }) => epoch <= 3, limit: 2 },
      );
      await bus.listen(witness.take);
      bus.publishNumbers(1, 1);
      await slow.reaches(1);
      bus.publishNumbers(2, 500);
      await witness.reaches(500);
      gate.open();
      await slow.reaches(3);
      expect(slow.trace).toEqual([1, 2, 3]);
    });

    test('that throws harms neither the publisher nor a subscriber, and refuses nothing', async () => {
      const [probe, witness] = [new Probe(), new Probe()];
      await bus.listen(probe.take, { filter: () => fail() });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 3);
      await Promise.all([probe.reaches(3), witness.reaches(3)]);
      expect([probe.trace, witness.trace]).toEqual([range(1, 3), range(1, 3)]);
    });
  });
}
