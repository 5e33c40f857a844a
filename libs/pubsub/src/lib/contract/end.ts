import { describe, expect, test } from '@jest/globals';
import { take } from 'rxjs';
import { PubSubClosedError } from '../errors.ts';
import type { Topic } from '../messages.ts';
import type { Bus } from './bus.ts';
import { numbered, samples } from './messages.ts';
import { Gate, Probe, turn } from './probe.ts';

export function describeEnd(bus: Bus): void {
  describe('unsubscribe', () => {
    test('stops a handler and leaves the others', async () => {
      const [gone, witness] = [new Probe(), new Probe()];
      const subscription = await bus.listen(gone.take);
      await bus.listen(witness.take);
      bus.publishNumbers(1, 1);
      await Promise.all([gone.reaches(1), witness.reaches(1)]);
      subscription.unsubscribe();
      bus.publishNumbers(2, 3);
      await witness.reaches(3);
      expect(gone.trace).toEqual([1]);
    });

    test('stops a stream', async () => {
      const [gone, witness] = [new Probe(), new Probe()];
      bus.subscriber.messages$('topology').pipe(take(2)).subscribe(gone.take);
      await bus.listen(witness.take);
      bus.publishNumbers(1, 5);
      await witness.reaches(5);
      expect(gone.trace).toEqual([1, 2]);
    });

    test('from inside the handler leaves what waits undelivered', async () => {
      const [gone, witness] = [new Probe(), new Probe()];
      const subscription = await bus.listen((message) => {
        gone.take(message);
        subscription.unsubscribe();
      });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 5);
      await witness.reaches(5);
      expect(gone.trace).toEqual([1]);
    });

    test('right after publish leaves what waits undelivered', async () => {
      const [gone, witness] = [new Probe(), new Probe()];
      const subscription = await bus.listen(gone.take);
      await bus.listen(witness.take);
      bus.publishNumbers(1, 5);
      subscription.unsubscribe();
      await witness.reaches(5);
      expect(gone.trace).toEqual([]);
    });

    test('while the handler is busy leaves what waits undelivered, also when it is done', async () => {
      const gate = new Gate();
      const [gone, witness] = [new Probe(), new Probe()];
      const subscription = await bus.listen(async (message) => {
        gone.take(message);
        await gate.opened;
      });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 5);
      await Promise.all([gone.reaches(1), witness.reaches(5)]);
      subscription.unsubscribe();
      gate.open();
      bus.publishNumbers(6, 6);
      await witness.reaches(6);
      expect(gone.trace).toEqual([1]);
    });
  });

  describe('close', () => {
    test('delivers what had arrived, then completes handlers and streams', async () => {
      const [handler, stream] = [new Probe(), new Probe()];
      const subscription = await bus.listen(async (message) => {
        await turn();
        handler.take(message);
      });
      subscription.add(handler.end);
      bus.subscriber.messages$('topology').subscribe({ next: stream.take, complete: stream.end });
      await bus.sides.settle();
      bus.publishNumbers(1, 3);
      await bus.sides.settle();
      await bus.subscriber.close();
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
        bus.subscriber.messages$(topic).subscribe({ complete: () => ended.push(topic) });
      await bus.subscriber.close();
      expect(ended.sort()).toEqual(topics.sort());
    });

    test('gives up on a handler that is stuck', async () => {
      const gate = new Gate();
      const [stuck, witness] = [new Probe(), new Probe()];
      const subscription = await bus.listen(async (message) => {
        stuck.take(message);
        await gate.opened;
      });
      await bus.listen(witness.take);
      bus.publishNumbers(1, 3);
      await Promise.all([stuck.reaches(1), witness.reaches(3)]);
      await bus.subscriber.close();
      expect(subscription.closed).toBe(true);
      gate.open();
      await turn();
      expect(stuck.trace).toEqual([1]);
    });

    test('may be awaited by a handler', async () => {
      const closed = new Gate();
      const subscription = await bus.listen(async () => {
        await bus.subscriber.close();
        closed.open();
      });
      bus.publishNumbers(1, 1);
      await closed.opened;
      expect(subscription.closed).toBe(true);
    });

    test('makes publishing throw at once', async () => {
      const closing = bus.subscriber.close();
      const publish = () => bus.subscriber.publish(numbered(1));
      expect(publish).toThrow(PubSubClosedError);
      await closing;
      expect(publish).toThrow(expect.objectContaining({ code: 'PUBSUB_CLOSED' }));
    });

    test('makes new subscriptions complete at once', async () => {
      const [handler, stream] = [new Probe(), new Probe()];
      const messages$ = bus.subscriber.messages$('topology');
      const closing = bus.subscriber.close();
      const subscription = bus.subscriber.subscribe('topology', handler.take);
      subscription.add(handler.end);
      messages$.subscribe({ next: stream.take, complete: stream.end });
      expect(subscription.closed).toBe(true);
      expect([handler.trace, stream.trace]).toEqual([['end'], ['end']]);
      await closing;
    });

    test('may be called again', async () => {
      await Promise.all([bus.subscriber.close(), bus.subscriber.close()]);
      await bus.subscriber.close();
    });
  });
}
