import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BehaviorSubject, filter, firstValueFrom, map, take, type Subscription } from 'rxjs';
import { PubSubClosedError } from './errors.ts';
import type {
  CacheInvalidation,
  ClientMessage,
  Message,
  MessageOf,
  Topic,
  TopologyChange,
} from './messages.ts';
import type { Overflow, PubSub, SubscribeOptions } from './pubsub.ts';

/** What a test runs on: two connections to one bus, or twice the same object when the bus lives in one process. */
export interface PubSubSides {
  readonly publisher: PubSub;
  /** Its `close` should give up on a stuck handler within milliseconds, because tests wait for that. */
  readonly subscriber: PubSub;
  /** Resolves once the subscriptions made so far are in force, and what was published so far has arrived. */
  settle(): Promise<void>;
  /** Closes both sides and whatever they run on. */
  dispose(): Promise<void>;
}

/**
 * Every guarantee of the {@link PubSub} port, as tests. They need Jest's globals, and fail on an unhandled rejection or
 * an uncaught exception too, because Jest does.
 */
export function describePubSubContract(
  name: string,
  factory: () => PubSubSides | Promise<PubSubSides>,
): void {
  describe(`${name} keeps the contract of PubSub:`, () => {
    let sides: PubSubSides;
    let publisher: PubSub;
    let subscriber: PubSub;

    beforeEach(async () => {
      sides = await factory();
      ({ publisher, subscriber } = sides);
    });

    afterEach(async () => {
      await sides.dispose();
    });

    /** Subscribes to the topology, with a probe or a handler. */
    async function listen(
      handler: (message: TopologyChange | Overflow) => void | Promise<void>,
      options?: SubscribeOptions,
    ): Promise<Subscription> {
      const subscription = subscriber.subscribe('topology', handler, options);
      await sides.settle();
      return subscription;
    }

    function publishNumbers(first: number, last: number): void {
      for (let n = first; n <= last; n++) publisher.publish(numbered(n));
    }

    describe('delivery', () => {
      test.each(Object.values(samples))('brings a message of $topic', async (sample) => {
        const probe = new Probe<Topic>();
        subscriber.subscribe(sample.topic, probe.take);
        await sides.settle();
        publisher.publish(sample);
        await probe.reaches(1);
        expect(probe.seen).toEqual([sample]);
      });

      test('does without subscribers, and keeps nothing for a late one', async () => {
        publishNumbers(1, 3);
        await sides.settle();
        const late = new Probe();
        await listen(late.take);
        publishNumbers(4, 4);
        await late.reaches(1);
        expect(late.trace).toEqual([4]);
      });

      test('happens after publish has returned', async () => {
        const handler = new Probe();
        const stream = new Probe();
        subscriber.messages$('topology').subscribe(stream.take);
        await listen(handler.take);
        publishNumbers(1, 1);
        expect([...handler.seen, ...stream.seen]).toEqual([]);
        await Promise.all([handler.reaches(1), stream.reaches(1)]);
      });

      test('keeps topics apart', async () => {
        const topics = Object.keys(samples) as Topic[];
        const probes = topics.map((topic) => {
          const probe = new Probe<Topic>();
          subscriber.subscribe(topic, probe.take);
          return probe;
        });
        await sides.settle();
        for (const topic of topics) publisher.publish(samples[topic]);
        await Promise.all(probes.map((probe) => probe.reaches(1)));
        expect(probes.map((probe) => probe.seen.map((message) => message.topic))).toEqual(
          topics.map((topic) => [topic]),
        );
      });

      test('keeps the order of each publisher, for handlers and streams', async () => {
        const handler = new Probe<'cache_invalidation'>();
        const stream = new Probe<'cache_invalidation'>();
        subscriber.subscribe('cache_invalidation', handler.take);
        subscriber.messages$('cache_invalidation').subscribe(stream.take);
        await sides.settle();
        for (let sequence = 1; sequence <= 500; sequence++) {
          publisher.publish({ ...samples.cache_invalidation, node: 'a', sequence });
          subscriber.publish({ ...samples.cache_invalidation, node: 'b', sequence });
        }
        await Promise.all([handler.reaches(1000), stream.reaches(1000)]);
        const numbers = Array.from({ length: 500 }, (_, i) => i + 1);
        for (const { seen } of [handler, stream]) {
          const messages = seen as CacheInvalidation[];
          for (const node of ['a', 'b']) {
            expect(messages.filter((m) => m.node === node).map((m) => m.sequence)).toEqual(numbers);
          }
        }
      });

      test('says that someone listens while someone does', async () => {
        await listen(() => undefined);
        expect(publisher.hasSubscribers('topology')).toBe(true);
      });

      test('lets a handler publish', async () => {
        const probe = new Probe();
        await listen((message) => {
          probe.take(message);
          if (probe.seen.length < 5) subscriber.publish(numbered(probe.seen.length + 1));
        });
        publishNumbers(1, 1);
        await probe.reaches(5);
        expect(probe.trace).toEqual([1, 2, 3, 4, 5]);
      });
    });

    describe('a subscriber gets a copy of its own:', () => {
      test('the publisher may reuse its bytes and objects at once', async () => {
        const probe = new Probe<'cache_invalidation'>();
        subscriber.subscribe('cache_invalidation', probe.take);
        await sides.settle();
        const key = Uint8Array.of(1, 2, 3);
        const entries = [{ slot: 1, key, version: { epoch: 1, counter: 1 } }];
        publisher.publish({ ...samples.cache_invalidation, entries });
        key.fill(0);
        entries.length = 0;
        await probe.reaches(1);
        const [message] = probe.seen as CacheInvalidation[];
        expect(message!.entries[0]!.key).toEqual(Uint8Array.of(1, 2, 3));
      });

      test('what one does to a message, another does not see', async () => {
        const vandal = new Probe<'client_message'>();
        const probe = new Probe<'client_message'>();
        subscriber.subscribe('client_message', (message) => {
          if (message.topic === 'client_message') {
            message.channel.fill(0);
            new Uint8Array(message.payload.buffer).fill(0);
          }
          vandal.take(message);
        });
        subscriber.subscribe('client_message', probe.take);
        await sides.settle();
        publisher.publish(samples.client_message);
        publisher.publish(samples.client_message);
        await Promise.all([vandal.reaches(2), probe.reaches(2)]);
        expect(probe.seen).toEqual([samples.client_message, samples.client_message]);
      });
    });

    describe('a handler', () => {
      test('has one message at a time in its hands', async () => {
        const probe = new Probe();
        let running = 0;
        let most = 0;
        await listen(async (message) => {
          most = Math.max(most, ++running);
          await turn();
          running--;
          probe.take(message);
        });
        publishNumbers(1, 20);
        await probe.reaches(20);
        expect(most).toBe(1);
        expect(probe.trace).toEqual(range(1, 20));
      });

      test('that is stuck holds up neither the publisher nor another subscriber', async () => {
        const stuck = new Probe();
        const probe = new Probe();
        await listen((message) => {
          stuck.take(message);
          return never;
        });
        await listen(probe.take);
        publishNumbers(1, 100);
        await probe.reaches(100);
        expect(probe.trace).toEqual(range(1, 100));
        expect(stuck.trace).toEqual([1]);
      });

      test('that is slow gets everything in the end, and others do not wait for it', async () => {
        const gate = new Gate();
        const slow = new Probe();
        const fast = new Probe();
        await listen(async (message) => {
          await gate.opened;
          slow.take(message);
        });
        await listen(fast.take);
        publishNumbers(1, 100);
        await fast.reaches(100);
        expect(slow.trace).toEqual([]);
        gate.open();
        await slow.reaches(100);
        expect(slow.trace).toEqual(range(1, 100));
      });

      test.each([
        ['throws', () => fail()],
        ['rejects', async () => Promise.reject(new Error('handler'))],
        ['throws what is no error', () => fail(undefined)],
      ])('that %s harms nobody and stays subscribed', async (_, failing: () => void | Promise<void>) => {
        const before = new Probe();
        const failed = new Probe();
        const after = new Probe();
        await listen(before.take);
        await listen((message) => {
          failed.take(message);
          return failing();
        });
        await listen(after.take);
        publishNumbers(1, 3);
        await Promise.all([before.reaches(3), failed.reaches(3), after.reaches(3)]);
        expect([before.trace, failed.trace, after.trace]).toEqual([range(1, 3), range(1, 3), range(1, 3)]);
      });
    });

    describe('a stream', () => {
      test.each([
        ['throws', () => fail()],
        ['rejects', async () => Promise.reject(new Error('consumer'))],
      ])('whose consumer %s harms nobody and goes on', async (_, failing: () => unknown) => {
        const failed = new Probe();
        const probe = new Probe();
        subscriber.messages$('topology').subscribe((message) => {
          failed.take(message);
          return failing();
        });
        subscriber.messages$('topology').subscribe(probe.take);
        await sides.settle();
        publishNumbers(1, 3);
        await Promise.all([failed.reaches(3), probe.reaches(3)]);
        expect([failed.trace, probe.trace]).toEqual([range(1, 3), range(1, 3)]);
      });

      test('whose operator throws ends alone', async () => {
        const probe = new Probe();
        const messages$ = subscriber.messages$('topology');
        const broken = messages$.pipe(map(() => fail())).subscribe();
        messages$.subscribe(probe.take);
        await sides.settle();
        publishNumbers(1, 3);
        await probe.reaches(3);
        expect(probe.trace).toEqual([1, 2, 3]);
        expect(broken.closed).toBe(true);
      });

      test('is hot: each consumer sees what is published after it came', async () => {
        const messages$ = subscriber.messages$('topology');
        const [early, late] = [new Probe(), new Probe()];
        messages$.subscribe(early.take);
        await sides.settle();
        publishNumbers(1, 1);
        await early.reaches(1);
        messages$.subscribe(late.take);
        await sides.settle();
        publishNumbers(2, 2);
        await Promise.all([early.reaches(2), late.reaches(1)]);
        expect([early.trace, late.trace]).toEqual([[1, 2], [2]]);
      });
    });

    describe('a subscriber that falls behind', () => {
      /** Handles the first message until the gate opens, so that all others have to wait. */
      async function listenBehind(gate: Gate, probe: Probe, options?: SubscribeOptions): Promise<void> {
        await listen(async (message) => {
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
        await listen(witness.take);
        publishNumbers(1, 1);
        await slow.reaches(1);
        publishNumbers(2, 1 + waiting);
        await witness.reaches(1 + waiting);
        gate.open();
        const last = 1 + waiting;
        const expected = [1, ...(dropped ? [`${dropped} dropped`] : []), ...range(2 + dropped, last)];
        await slow.reaches(expected.length);
        publishNumbers(last + 1, last + 1);
        await slow.reaches(expected.length + 1);
        expect(slow.trace).toEqual([...expected, last + 1]);
        expect(witness.trace).toEqual(range(1, last));
      });

      test('is told again when it happens again, each time where it happened', async () => {
        const gates = [new Gate(), new Gate(), new Gate()];
        const [slow, witness] = [new Probe(), new Probe()];
        await listen(
          async (message) => {
            slow.take(message);
            if (message.topic === 'topology') await gates[message.epoch / 10]?.opened;
          },
          { limit: 2 },
        );
        await listen(witness.take);
        publishNumbers(0, 0);
        await slow.reaches(1);
        publishNumbers(1, 10);
        await witness.reaches(11);
        gates[0]!.open();
        await slow.reaches(4); // 0, the overflow, 9 and 10, which it holds now
        publishNumbers(11, 20);
        await witness.reaches(21);
        gates[1]!.open();
        gates[2]!.open();
        await slow.reaches(7);
        expect(slow.trace).toEqual([0, '8 dropped', 9, 10, '8 dropped', 19, 20]);
      });

      test('may have a bound in bytes too, and the newest message always stays', async () => {
        const gate = new Gate();
        const slow = new Probe<'client_message'>();
        const witness = new Probe<'client_message'>();
        subscriber.subscribe(
          'client_message',
          async (message) => {
            slow.take(message);
            await gate.opened;
          },
          { limitBytes: 3_500 },
        );
        subscriber.subscribe('client_message', witness.take);
        await sides.settle();
        publisher.publish(sized(0));
        await slow.reaches(1);
        for (let i = 0; i < 10; i++) publisher.publish(sized(1_000));
        await witness.reaches(11);
        gate.open();
        await slow.reaches(5);
        publisher.publish(sized(10_000));
        await slow.reaches(6);
        expect(slow.seen.map((m) => (m.topic === 'overflow' ? -m.dropped : m.payload.length))).toEqual([
          0, -7, 1_000, 1_000, 1_000, 10_000,
        ]);
      });
    });

    describe('unsubscribe', () => {
      test('stops a handler and leaves the others', async () => {
        const [gone, witness] = [new Probe(), new Probe()];
        const subscription = await listen(gone.take);
        await listen(witness.take);
        publishNumbers(1, 1);
        await Promise.all([gone.reaches(1), witness.reaches(1)]);
        subscription.unsubscribe();
        publishNumbers(2, 3);
        await witness.reaches(3);
        expect(gone.trace).toEqual([1]);
      });

      test('stops a stream', async () => {
        const [gone, witness] = [new Probe(), new Probe()];
        subscriber.messages$('topology').pipe(take(2)).subscribe(gone.take);
        await listen(witness.take);
        publishNumbers(1, 5);
        await witness.reaches(5);
        expect(gone.trace).toEqual([1, 2]);
      });

      test('from inside the handler leaves what waits undelivered', async () => {
        const [gone, witness] = [new Probe(), new Probe()];
        const subscription = await listen((message) => {
          gone.take(message);
          subscription.unsubscribe();
        });
        await listen(witness.take);
        publishNumbers(1, 5);
        await witness.reaches(5);
        expect(gone.trace).toEqual([1]);
      });

      test('right after publish leaves what waits undelivered', async () => {
        const [gone, witness] = [new Probe(), new Probe()];
        const subscription = await listen(gone.take);
        await listen(witness.take);
        publishNumbers(1, 5);
        subscription.unsubscribe();
        await witness.reaches(5);
        expect(gone.trace).toEqual([]);
      });

      test('while the handler is busy leaves what waits undelivered, also when it is done', async () => {
        const gate = new Gate();
        const [gone, witness] = [new Probe(), new Probe()];
        const subscription = await listen(async (message) => {
          gone.take(message);
          await gate.opened;
        });
        await listen(witness.take);
        publishNumbers(1, 5);
        await Promise.all([gone.reaches(1), witness.reaches(5)]);
        subscription.unsubscribe();
        gate.open();
        publishNumbers(6, 6);
        await witness.reaches(6);
        expect(gone.trace).toEqual([1]);
      });
    });

    describe('close', () => {
      test('delivers what had arrived, then completes handlers and streams', async () => {
        const [handler, stream] = [new Probe(), new Probe()];
        const subscription = await listen(async (message) => {
          await turn();
          handler.take(message);
        });
        subscription.add(handler.end);
        subscriber.messages$('topology').subscribe({ next: stream.take, complete: stream.end });
        await sides.settle();
        publishNumbers(1, 3);
        await sides.settle();
        await subscriber.close();
        expect([handler.trace, stream.trace]).toEqual([
          [1, 2, 3, 'end'],
          [1, 2, 3, 'end'],
        ]);
        expect(subscription.closed).toBe(true);
      });

      test('completes the streams of every topic', async () => {
        const ended: Topic[] = [];
        const topics = Object.keys(samples) as Topic[];
        for (const topic of topics)
          subscriber.messages$(topic).subscribe({ complete: () => ended.push(topic) });
        await subscriber.close();
        expect(ended.sort()).toEqual(topics.sort());
      });

      test('gives up on a handler that is stuck', async () => {
        const gate = new Gate();
        const [stuck, witness] = [new Probe(), new Probe()];
        const subscription = await listen(async (message) => {
          stuck.take(message);
          await gate.opened;
        });
        await listen(witness.take);
        publishNumbers(1, 3);
        await Promise.all([stuck.reaches(1), witness.reaches(3)]);
        await subscriber.close();
        expect(subscription.closed).toBe(true);
        gate.open();
        await turn();
        expect(stuck.trace).toEqual([1]);
      });

      test('may be awaited by a handler', async () => {
        const closed = new Gate();
        const subscription = await listen(async () => {
          await subscriber.close();
          closed.open();
        });
        publishNumbers(1, 1);
        await closed.opened;
        expect(subscription.closed).toBe(true);
      });

      test('makes publishing throw at once', async () => {
        const closing = subscriber.close();
        const publish = () => subscriber.publish(numbered(1));
        expect(publish).toThrow(PubSubClosedError);
        await closing;
        expect(publish).toThrow(expect.objectContaining({ code: 'PUBSUB_CLOSED' }));
      });

      test('makes new subscriptions complete at once', async () => {
        const [handler, stream] = [new Probe(), new Probe()];
        const messages$ = subscriber.messages$('topology');
        const closing = subscriber.close();
        const subscription = subscriber.subscribe('topology', handler.take);
        subscription.add(handler.end);
        messages$.subscribe({ next: stream.take, complete: stream.end });
        expect(subscription.closed).toBe(true);
        expect([handler.trace, stream.trace]).toEqual([['end'], ['end']]);
        await closing;
      });

      test('may be called again', async () => {
        await Promise.all([subscriber.close(), subscriber.close()]);
        await subscriber.close();
      });
    });
  });
}

const samples: { readonly [T in Topic]: MessageOf<T> } = {
  node_key_assignment: {
    topic: 'node_key_assignment',
    epoch: 7,
    moves: [
      {
        from: null,
        to: 'node-1',
        slots: [
          [0, 99],
          [16383, 16383],
        ],
      },
      { from: 'node-2', to: 'node-1', slots: [] },
    ],
  },
  cache_invalidation: {
    topic: 'cache_invalidation',
    node: 'node-1',
    incarnation: 'f00d',
    sequence: 2 ** 40,
    entries: [
      { slot: 12739, key: Uint8Array.of(0, 255, 13, 10), version: { epoch: 1, counter: 0xffff_ffff } },
      { slot: 1, key: new Uint8Array(), version: { epoch: 0xffff_ffff, counter: 0 } },
      { slot: 2, key: null, version: { epoch: 1, counter: 2 } },
    ],
  },
  node_status: {
    topic: 'node_status',
    node: 'нода 🙂',
    incarnation: '',
    state: 'draining',
    weight: 1.5,
    slots: 16384,
    statistics: {
      entries: 1,
      bytes: 2 ** 33,
      maxBytes: Infinity,
      hits: 4,
      misses: 5,
      evictions: 6,
      expirations: 7,
    },
  },
  topology: { topic: 'topology', epoch: 8, members: [{ id: 'node-1', incarnation: 'f00d', weight: 1 }] },
  client_message: {
    topic: 'client_message',
    channel: Uint8Array.of(1, 2),
    payload: Uint8Array.of(0, 128, 255),
  },
};

function numbered(n: number): TopologyChange {
  return { topic: 'topology', epoch: n, members: [] };
}

function sized(bytes: number): ClientMessage {
  return { topic: 'client_message', channel: new Uint8Array(), payload: new Uint8Array(bytes) };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function fail(reason: unknown = new Error('a subscriber failed')): never {
  throw reason;
}

const never = new Promise<void>(() => undefined);

/** The next turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Remembers what it was handed, and lets a test wait for it. */
class Probe<T extends Topic = 'topology'> {
  readonly seen: (MessageOf<T> | Overflow)[] = [];
  /** The same in short, for numbered messages. */
  readonly trace: (number | string)[] = [];
  readonly #count$ = new BehaviorSubject(0);

  readonly take = (message: MessageOf<T> | Overflow): void => {
    this.seen.push(message);
    this.trace.push(summary(message));
    this.#count$.next(this.seen.length);
  };

  readonly end = (): void => {
    this.trace.push('end');
  };

  async reaches(count: number): Promise<void> {
    await firstValueFrom(this.#count$.pipe(filter((seen) => seen >= count)));
  }
}

function summary(message: Message | Overflow): number | string {
  switch (message.topic) {
    case 'topology':
      return message.epoch;
    case 'overflow':
      return `${message.dropped} dropped`;
    default:
      return message.topic;
  }
}
