import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  // Its timers do not keep a process alive, so something else must.
  let keepAlive: NodeJS.Timeout;
  beforeAll(() => {
    keepAlive = setInterval(() => undefined, 1000);
  });
  afterAll(() => {
    clearInterval(keepAlive);
  });

  test.each([0, 1])('runs a task once, after the current turn (delay %i)', async (delay) => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.schedule(delay, () => {
        order.push('scheduled');
        resolve();
      });
      queueMicrotask(() => order.push('this turn'));
      order.push('now');
    });
    expect(order).toEqual(['now', 'this turn', 'scheduled']);
  });

  test('keeps the event loop from sleeping while a task without delay waits', async () => {
    const waiting = (): number =>
      process.getActiveResourcesInfo().filter((each) => each === 'Immediate').length;
    const before = waiting();
    const run = new Promise<void>((resolve) => {
      systemClock.schedule(0, resolve);
    });
    expect(waiting()).toBe(before + 1);
    await run;
  });

  test.each([0, 1])('does not run a task that was cancelled (delay %i)', async (delay) => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const cancel = systemClock.schedule(delay, () => order.push('cancelled'));
      systemClock.schedule(delay, () => {
        order.push('second');
        resolve();
      });
      cancel();
    });
    expect(order).toEqual(['second']);
  });
});
