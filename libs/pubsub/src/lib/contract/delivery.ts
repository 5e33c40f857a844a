import { describe, expect, test } from '@jest/globals';
import type { CacheInvalidation, Topic } from '../messages.ts';
import type { Bus } from './bus.ts';
import { numbered, samples } from './messages.ts';
import { Probe } from './probe.ts';

export function describeDelivery(bus: Bus): void {
  describe('delivery', () => {
    test.each(Object.values(samples))('brings a message of $topic', async (sample) => {
      const probe = new Probe<Topic>();
      bus.subscriber.subscribe(sample.topic, probe.take);
      await bus.sides.settle();
      bus.publisher.publish(sample);
      await probe.reaches(1);
      expect(probe.seen).toEqual([sample]);
    });

    test('does without subscribers, and keeps nothing for a late one', async () => {
      bus.publishNumbers(1, 3);
      await bus.sides.settle();
      const late = new Probe();
      await bus.listen(late.take);
      bus.publishNumbers(4, 4);
      await late.reaches(1);
      expect(late.trace).toEqual([4]);
    });

    test('happens after publish has returned', async () => {
      const handler = new Probe();
      const stream = new Probe();
      bus.subscriber.messages$('topology').subscribe(stream.take);
      await bus.listen(handler.take);
      bus.publishNumbers(1, 1);
      expect([...handler.seen, ...stream.seen]).toEqual([]);
      await Promise.all([handler.reaches(1), stream.reaches(1)]);
    });

    test('keeps topics apart', async () => {
      const topics = Object.keys(samples) as Topic[];
      const probes = topics.map((topic) => {
        const probe = new Probe<Topic>();
        bus.subscriber.subscribe(topic, probe.take);
        return probe;
      });
      await bus.sides.settle();
      for (const topic of topics) bus.publisher.publish(samples[topic]);
      await Promise.all(probes.map((probe) => probe.reaches(1)));
      expect(probes.map((probe) => probe.seen.map((message) => message.topic))).toEqual(
        topics.map((topic) => [topic]),
      );
    });

    test('keeps the order of each publisher, for handlers and streams', async () => {
      const handler = new Probe<'cache_invalidation'>();
      const stream = new Probe<'cache_invalidation'>();
      bus.subscriber.subscribe('cache_invalidation', handler.take);
      bus.subscriber.messages$('cache_invalidation').subscribe(stream.take);
      await bus.sides.settle();
      for (let sequence = 1; sequence <= 500; sequence++) {
        bus.publisher.publish({ ...samples.cache_invalidation, node: 'a', sequence });
        bus.subscriber.publish({ ...samples.cache_invalidation, node: 'b', sequence });
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
      await bus.listen(() => undefined);
      expect(bus.publisher.hasSubscribers('topology')).toBe(true);
    });

    test('lets a handler publish', async () => {
      const probe = new Probe();
      await bus.listen((message) => {
        probe.take(message);
        if (probe.seen.length < 5) bus.subscriber.publish(numbered(probe.seen.length + 1));
      });
      bus.publishNumbers(1, 1);
      await probe.reaches(5);
      expect(probe.trace).toEqual([1, 2, 3, 4, 5]);
    });
  });

  describe('a subscriber gets a copy of its own:', () => {
    test('the publisher may reuse its bytes and objects at once', async () => {
      const probe = new Probe<'cache_invalidation'>();
      bus.subscriber.subscribe('cache_invalidation', probe.take);
      await bus.sides.settle();
      const key = Uint8Array.of(1, 2, 3);
      const entries = [{ slot: 1, key, version: { epoch: 1, counter: 1 } }];
      bus.publisher.publish({ ...samples.cache_invalidation, entries });
      key.fill(0);
      entries.length = 0;
      await probe.reaches(1);
      const [message] = probe.seen as CacheInvalidation[];
      expect(message?.entries[0]?.key).toEqual(Uint8Array.of(1, 2, 3));
    });

    test('what one does to a message, another does not see', async () => {
      const vandal = new Probe<'client_message'>();
      const probe = new Probe<'client_message'>();
      bus.subscriber.subscribe('client_message', (message) => {
        if (message.topic === 'client_message') {
          message.channel.fill(0);
          new Uint8Array(message.payload.buffer).fill(0);
        }
        vandal.take(message);
      });
      bus.subscriber.subscribe('client_message', probe.take);
      await bus.sides.settle();
      bus.publisher.publish(samples.client_message);
      bus.publisher.publish(samples.client_message);
      await Promise.all([vandal.reaches(2), probe.reaches(2)]);
      expect(probe.seen).toEqual([samples.client_message, samples.client_message]);
    });
  });
}
