import { describe, expect, test } from '@jest/globals';

import { ManualClock } from './manual-clock.ts';

describe('ManualClock', () => {
  test('runs due tasks in time order, ties in scheduling order, each at its own time', () => {
    const clock = new ManualClock(100);
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.now()]);
    clock.schedule(30, note('late'));
    clock.schedule(10, note('first of two'));
    clock.schedule(10, note('second of two'));
    clock.schedule(40.5, note('not yet'));
    clock.schedule(-5, note('at once'));

    clock.advance(40);

    expect(ran).toEqual([
      ['at once', 100],
      ['first of two', 110],
      ['second of two', 110],
      ['late', 130],
    ]);
    expect(clock.now()).toBe(140);
    expect(clock.pending).toBe(1);
    expect(clock.nextDue).toBe(140.5);
  });

  test('runs nothing when a task is scheduled, only when time is moved', () => {
    const clock = new ManualClock();
    let runs = 0;
    clock.schedule(0, () => runs++);
    expect(runs).toBe(0);
    clock.advance(0);
    expect(runs).toBe(1);
    clock.advance(0);
    expect(runs).toBe(1);
  });

  test('tasks scheduled by tasks take part in the same advance', () => {
    const clock = new ManualClock();
    const ticks: number[] = [];
    const tick = () => {
      ticks.push(clock.now());
      clock.schedule(10, tick);
    };
    clock.schedule(10, tick);
    clock.advanceTo(35);
    expect(ticks).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  test('a cancelled task does not run; cancelling twice or too late does nothing', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const cancelled = clock.schedule(5, () => ran.push('cancelled'));
    const done = clock.schedule(5, () => ran.push('kept'));
    clock.schedule(4, cancelled);
    clock.advance(5);
    cancelled();
    done();
    expect(ran).toEqual(['kept']);
    expect(clock.pending).toBe(0);
  });

  test('a task that throws loses neither the other tasks nor the time', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const boom = new Error('boom');
    clock.schedule(1, () => {
      throw boom;
    });
    clock.schedule(2, () => ran.push('after'));
    expect(() => clock.advance(5)).toThrow(boom);
    expect(ran).toEqual(['after']);
    expect(clock.now()).toBe(5);
  });

  test('several failures arrive together', () => {
    const clock = new ManualClock();
    const failures = [new Error('one'), new Error('two')];
    for (const failure of failures) {
      clock.schedule(1, () => {
        throw failure;
      });
    }
    expect(() => clock.advance(1)).toThrow(expect.objectContaining({ errors: failures }));
  });

  test('jump lets time pass first; then the overdue tasks run, in order, at the new time', () => {
    const clock = new ManualClock();
    const ran: [string, number][] = [];
    clock.schedule(20, () => ran.push(['second', clock.now()]));
    clock.schedule(10, () => {
      ran.push(['first', clock.now()]);
      clock.schedule(5, () => ran.push(['rescheduled', clock.now()]));
    });

    clock.jump(1000);
    expect(ran).toEqual([]);
    clock.advance(0);
    expect(ran).toEqual([
      ['first', 1000],
      ['second', 1000],
    ]);
    clock.advance(5);
    expect(ran.at(-1)).toEqual(['rescheduled', 1005]);
  });

  test('a task may take time itself, and time never goes backwards', () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    clock.schedule(1, () => clock.jump(50));
    clock.schedule(2, () => seen.push(clock.now()));
    clock.advance(10);
    expect(seen).toEqual([51]);
    expect(clock.now()).toBe(51);
  });

  test('advanceAsync runs promise callbacks between tasks, at the time at which they belong', async () => {
    const clock = new ManualClock();
    const woke: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve));
    const worker = async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(10);
        await Promise.resolve();
        woke.push(clock.now());
      }
    };
    const done = worker();
    await clock.advanceAsync(100);
    expect(woke).toEqual([10, 20, 30]);
    await done;
  });

  test('advanceAsync lets what was promised before it start come first', async () => {
    const clock = new ManualClock();
    let ranAt = -1;
    void Promise.resolve().then(() => clock.schedule(5, () => (ranAt = clock.now())));
    await clock.advanceAsync(10);
    expect(ranAt).toBe(5);
  });

  test('tasks that reschedule themselves without delay end in an error, not in a hang', () => {
    const clock = new ManualClock();
    const again = () => void clock.schedule(0, again);
    again();
    expect(() => clock.advance(1)).toThrow(expect.objectContaining({ code: 'RUNAWAY_TASKS' }));
  });

  test.each<[string, () => unknown]>([
    ['a start that is not a number', () => new ManualClock(Number.NaN)],
    ['an infinite delay', () => new ManualClock().schedule(Infinity, () => undefined)],
    ['a negative step', () => new ManualClock().advance(-1)],
    ['a step that is not a number', () => new ManualClock().jump(Number.NaN)],
    ['a target in the past', () => new ManualClock(10).advanceTo(9)],
  ])('refuses %s', (_name, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('many deadlines that are set and cancelled leave nothing behind', () => {
    const clock = new ManualClock();
    for (let i = 0; i < 50_000; i++) clock.schedule(1000, () => undefined)();
    expect(clock.pending).toBe(0);
  });
});
