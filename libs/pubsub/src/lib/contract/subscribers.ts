import { describe, expect, test } from '@jest/globals';
import { map } from 'rxjs';
import type { Bus } from './bus.ts';
import { range } from './messages.ts';
import { fail, Gate, never, Probe, turn } from './probe.ts';

export function describeSubscribers(bus: Bus): void {
  describe('a handler', () => {
    test('has one message at a time in its hands', async () => {
      const probe = new Probe();
      let running = 0;
      let most = 0;
      await bus.listen(async (message) => {
        most = Math.max(most, ++running);
        await turn();
        running--;
        probe.take(message);
      });
      bus.publishNumbers(1, 20);
      await probe.reaches(20);
      expect(most).toBe(1);
      expect(probe.trace).toEqual(range(1, 20));
    });

    test('that is stuck holds up neither the publisher nor another subscriber', async () => {
      const stuck = new Probe();
      const probe = new Probe();
      await bus.listen((message) => {
        stuck.take(message);
        return never;
      });
      await bus.listen(probe.take);
      bus.publishNumbers(1, 100);
      await probe.reaches(100);
      expect(probe.trace).toEqual(range(1, 100));
      expect(stuck.trace).toEqual([1]);
    });

    test('that is slow gets everything in the end, and others do not wait for it', async () => {
      const gate = new Gate();
      const slow = new Probe();
      const fast = new Probe();
      await bus.listen(async (message) => {
        await gate.opened;
        slow.take(message);
      });
      await bus.listen(fast.take);
      bus.publishNumbers(1, 100);
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
      await bus.listen(before.take);
      await bus.listen((message) => {
        failed.take(message);
        return failing();
      });
      await bus.listen(after.take);
      bus.publishNumbers(1, 3);
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
      bus.subscriber.messages$('topology').subscribe((message) => {
        failed.take(message);
        return failing();
      });
      bus.subscriber.messages$('topology').subscribe(probe.take);
      await bus.sides.settle();
      bus.publishNumbers(1, 3);
      await Promise.all([failed.reaches(3), probe.reaches(3)]);
      expect([failed.trace, probe.trace]).toEqual([range(1, 3), range(1, 3)]);
    });

    test('whose operator throws ends alone', async () => {
      const probe = new Probe();
      const messages$ = bus.subscriber.messages$('topology');
      const broken = messages$.pipe(map(() => fail())).subscribe();
      messages$.subscribe(probe.take);
      await bus.sides.settle();
      bus.publishNumbers(1, 3);
      await probe.reaches(3);
      expect(probe.trace).toEqual([1, 2, 3]);
      expect(broken.closed).toBe(true);
    });

    test('is hot: each consumer sees what is published after it came', async () => {
      const messages$ = bus.subscriber.messages$('topology');
      const [early, late] = [new Probe(), new Probe()];
      messages$.subscribe(early.take);
      await bus.sides.settle();
      bus.publishNumbers(1, 1);
      await early.reaches(1);
      messages$.subscribe(late.take);
      await bus.sides.settle();
      bus.publishNumbers(2, 2);
      await Promise.all([early.reaches(2), late.reaches(1)]);
      expect([early.trace, late.trace]).toEqual([[1, 2], [2]]);
    });
  });
}
