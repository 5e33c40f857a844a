import { describe, expect, test } from '@jest/globals';
import type { SubscribeOptions } from '../pubsub.ts';
import type { Bus } from './bus.ts';
import { range, sized } from './messages.ts';
import { Gate, Probe } from './probe.ts';

export function describeOverflow(bus: Bus): void {
  describe('a subscriber that falls behind', () => {
    /** Handles the first message until the gate opens, so that all others have to wait. */
    async function listenBehind(gate: Gate, probe: Probe, options?: SubscribeOptions): Promise<void> {
      await bus.listen(async (message) => {
        probe.take(message);
        await gate.opened;
      }, options);
    }

    test.each([
      { limit: 1, waiting: 1, dropped: 0 },
      { limit: 1, waiting: 2, dropped: 1 },
      { limit: 5, waiting: 5, dropped: 0 },
      { limit: 5, waiting: 12, dropped: 7 },
      { limit: 100, waiting: 450, dropped: 350 },
    ])('over $limit of $waiting is told that it lost $dropped', async ({ limit, waiting, dropped }) => {
      const gate = new Gate();
      const [slow, witness] = [new Probe(), new Probe()];
      await listenBehind(gate, slow, { limit });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 1);
      await slow.reaches(1);
      bus.publishNumbers(2, 1 + waiting);
      await witness.reaches(1 + waiting);
      gate.open();
      const last = 1 + waiting;
      const expected = [1, ...(dropped ? [`${dropped} dropped`] : []), ...range(2 + dropped, last)];
      await slow.reaches(expected.length);
      bus.publishNumbers(last + 1, last + 1);
      await slow.reaches(expected.length + 1);
      expect(slow.trace).toEqual([...expected, last + 1]);
      expect(witness.trace).toEqual(range(1, last));
    });

    test('is told again when it happens again, each time where it happened', async () => {
      const gates = [new Gate(), new Gate(), new Gate()] as const;
      const [slow, witness] = [new Probe(), new Probe()];
      await bus.listen(
        async (message) => {
          slow.take(message);
          if (message.topic === 'topology') await gates[message.epoch / 10]?.opened;
        },
        { limit: 2 },
      );
      await bus.listen(witness.take);
      bus.publishNumbers(0, 0);
      await slow.reaches(1);
      bus.publishNumbers(1, 10);
      await witness.reaches(11);
      gates[0].open();
      await slow.reaches(4); // 0, the overflow, 9 and 10, which it holds now
      bus.publishNumbers(11, 20);
      await witness.reaches(21);
      gates[1].open();
      gates[2].open();
      await slow.reaches(7);
      expect(slow.trace).toEqual([0, '8 dropped', 9, 10, '8 dropped', 19, 20]);
    });

    test('may have a bound in bytes too, and the newest message always stays', async () => {
      const gate = new Gate();
      const slow = new Probe<'client_message'>();
      const witness = new Probe<'client_message'>();
      bus.subscriber.subscribe(
        'client_message',
        async (message) => {
          slow.take(message);
          await gate.opened;
        },
        { limitBytes: 3_500 },
      );
      bus.subscriber.subscribe('client_message', witness.take);
      await bus.sides.settle();
      bus.publisher.publish(sized(0));
      await slow.reaches(1);
      for (let i = 0; i < 10; i++) bus.publisher.publish(sized(1_000));
      await witness.reaches(11);
      gate.open();
      await slow.reaches(5);
      bus.publisher.publish(sized(10_000));
      await slow.reaches(6);
      expect(slow.seen.map((m) => (m.topic === 'overflow' ? -m.dropped : m.payload.length))).toEqual([
        0, -7, 1_000, 1_000, 1_000, 10_000,
      ]);
    });
  });
}
