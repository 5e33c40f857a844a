import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Backlog } from './backlog.ts';
import { encodeMessage } from './codec.ts';
import { Delivery } from './delivery.ts';
import { MalformedMessageError } from './errors.ts';
import type { TopologyChange } from './messages.ts';
import type { Overflow } from './pubsub.ts';

const frame = (epoch: number) => encodeMessage({ topic: 'topology', epoch, members: [] });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const fail = (): never => {
  throw new Error('must not be called');
};

interface Fixture {
  readonly delivery: Delivery<'topology'>;
  readonly seen: (TopologyChange | Overflow)[];
  readonly errors: unknown[];
  readonly completed: Promise<void>;
}

function deliver(handle: (message: TopologyChange | Overflow) => unknown, limit = 10_000): Fixture {
  const seen: (TopologyChange | Overflow)[] = [];
  const errors: unknown[] = [];
  let onComplete!: () => void;
  const completed = new Promise<void>((resolve) => (onComplete = resolve));
  const delivery = new Delivery({
    topic: 'topology',
    handler: (message) => {
      seen.push(message);
      return handle(message);
    },
    backlog: new Backlog(limit, Infinity),
    report: (error) => errors.push(error),
    onComplete,
  });
  return { delivery, seen, errors, completed };
}

describe('Delivery', () => {
  test.each([
    ['returns', () => undefined],
    ['returns a promise that has settled', () => Promise.resolve()],
  ])('gives way to the event loop while thousands wait and the handler %s', async (_, handle) => {
    const { delivery, seen, completed } = deliver(handle);
    for (let n = 0; n < 10_000; n++) delivery.push(frame(n));
    delivery.end();
    let last = 0;
    let most = 0;
    while (last < 10_000) {
      await turn();
      most = Math.max(most, seen.length - last);
      last = seen.length;
    }
    await completed;
    expect(most).toBeLessThanOrEqual(64);
  });

  test('gives way sooner when messages are large', async () => {
    const { delivery, seen } = deliver(() => undefined);
    const members = Array.from({ length: 10_000 }, (_, i) => ({
      id: `node-${i}`,
      incarnation: 'f00d',
      weight: 1,
    }));
    const large = encodeMessage({ topic: 'topology', epoch: 1, members });
    expect(large.length).toBeGreaterThan(128 * 1024);
    for (let n = 0; n < 10; n++) delivery.push(large);
    await turn();
    expect(seen).toHaveLength(2);
  });

  test('brings a burst in one turn', async () => {
    const { delivery, seen } = deliver(() => undefined);
    for (let n = 0; n < 64; n++) delivery.push(frame(n));
    await turn();
    expect(seen).toHaveLength(64);
  });

  test('forgets at a stop what waits, and what comes later', async () => {
    const backlog = new Backlog(10, Infinity);
    const seen: unknown[] = [];
    const delivery = new Delivery({
      topic: 'topology',
      handler: (message) => seen.push(message),
      backlog,
      report: fail,
      onComplete: fail,
    });
    delivery.push(frame(1));
    delivery.stop();
    expect(backlog.shift()).toBeUndefined();
    delivery.push(frame(2));
    delivery.end();
    delivery.complete();
    await turn();
    await turn();
    expect(seen).toEqual([]);
  });

  test('reports a malformed frame, announces it as lost, and goes on', async () => {
    const { delivery, seen, errors } = deliver(() => undefined);
    for (const bytes of [frame(1), Uint8Array.of(1, 0xc1), frame(3)]) delivery.push(bytes);
    await turn();
    expect(seen).toEqual([
      { topic: 'topology', epoch: 1, members: [] },
      { topic: 'overflow', of: 'topology', dropped: 1 },
      { topic: 'topology', epoch: 3, members: [] },
    ]);
    expect(errors).toEqual([expect.any(MalformedMessageError)]);
  });

  test('accounts for every frame, in its place, whatever the bursts, the limit and the handler', async () => {
    const behaviour = fc.constantFrom('return', 'throw', 'reject', 'settle', 'wait');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 8 }),
        fc.infiniteStream(behaviour),
        async (limit, bursts, behaviours) => {
          const { delivery, seen, completed } = deliver(() => {
            switch (behaviours.next().value) {
              case 'throw':
                throw new Error('handler');
              case 'reject':
                return Promise.reject(new Error('handler'));
              case 'settle':
                return Promise.resolve();
              case 'wait':
                return turn();
              default:
                return undefined;
            }
          }, limit);
          let pushed = 0;
          for (const burst of bursts) {
            for (let i = 0; i < burst; i++) delivery.push(frame(pushed++));
            await turn();
          }
          delivery.end();
          await completed;

          let next = 0;
          for (const message of seen) {
            if (message.topic === 'topology') expect(message.epoch).toBe(next++);
            else next += message.dropped;
          }
          expect(next).toBe(pushed);
        },
      ),
      { numRuns: 100 },
    );
  });
});
