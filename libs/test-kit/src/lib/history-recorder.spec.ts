import { describe, expect, test } from '@jest/globals';

import { HistoryRecorder } from './history-recorder.ts';
import { checkLinearizable } from './linearizability.ts';
import { ManualClock } from './manual-clock.ts';
import { registerModel } from './register-model.ts';
import { SeededRandom } from './seeded-random.ts';

describe('HistoryRecorder', () => {
  test('orders starts and ends by a counter of its own', () => {
    const recorder = new HistoryRecorder();
    const slow = recorder.begin('a', 'k', { type: 'set', value: 'x' });
    recorder.begin('b', 'k', { type: 'get' }).answered(undefined);
    slow.answered('OK');
    expect(recorder.history()).toEqual([
      { client: 'a', key: 'k', operation: { type: 'set', value: 'x' }, start: 1, end: 4 },
      { client: 'b', key: 'k', operation: { type: 'get' }, start: 2, end: 3, result: undefined },
    ]);
  });

  test('takes its times from a clock when it is given one', () => {
    const clock = new ManualClock(50);
    const recorder = new HistoryRecorder(clock.now);
    const open = recorder.begin('a', 'k', { type: 'delete' });
    clock.advance(7);
    open.answered(true);
    expect(recorder.history()).toMatchObject([{ start: 50, end: 57, result: true }]);
  });

  test('what is not settled is of unknown outcome, what was refused never happened', () => {
    const recorder = new HistoryRecorder();
    recorder.begin('a', 'k', { type: 'delete' });
    recorder.begin('b', 'k', { type: 'delete' }).refused();
    expect(recorder.history()).toMatchObject([{ client: 'a', end: Infinity }]);
  });

  test('an operation is settled once', () => {
    const open = new HistoryRecorder().begin('a', 'k', { type: 'has' });
    open.answered(true);
    expect(() => open.refused()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('run passes on answers and errors, and tells refusals from unknown outcomes', async () => {
    const recorder = new HistoryRecorder();
    const refusal = new Error('refused');
    const timeout = new Error('timeout');
    const isRefusal = (error: unknown) => error === refusal;
    const fail = (error: Error) => () => Promise.reject(error);

    await expect(recorder.run('a', 'k', { type: 'get' }, () => 'x')).resolves.toBe('x');
    await expect(recorder.run('b', 'k', { type: 'get' }, fail(refusal), isRefusal)).rejects.toBe(refusal);
    await expect(recorder.run('c', 'k', { type: 'get' }, fail(timeout), isRefusal)).rejects.toBe(timeout);
    expect(recorder.history()).toMatchObject([
      { client: 'a', result: 'x', end: 2 },
      { client: 'c', end: Infinity },
    ]);
  });

  test('a loss concerns the keys given, or all that were used', () => {
    const recorder = new HistoryRecorder();
    const endOfLoss = recorder.beginLoss();
    recorder.beginLoss(['one']);
    recorder.begin('a', 'one', { type: 'set', value: 'x' }).answered('OK');
    endOfLoss();
    endOfLoss();
    recorder.begin('a', 'two', { type: 'set', value: 'x' }).answered('OK');
    const losses = recorder.history().filter(({ operation }) => operation.type === 'lose');
    expect(losses.map(({ key, start, end }) => [key, start, end])).toEqual([
      ['one', 1, 5],
      ['two', 1, 5],
      ['one', 2, Infinity],
    ]);
  });

  /** A cache whose calls take effect at an instant between request and answer, both of which take a while. */
  async function drive(
    change: (
      store: Map<string, string>,
      key: string,
      value: string,
      pause: () => Promise<void>,
    ) => Promise<boolean>,
  ) {
    const random = new SeededRandom(11);
    const clock = new ManualClock();
    const recorder = new HistoryRecorder();
    const store = new Map<string, string>();
    const pause = (chance: SeededRandom) =>
      new Promise<void>((done) => clock.schedule(chance.next() * 10, done));
    const clients = Array.from({ length: 50 }, async (_, c) => {
      const chance = random.fork();
      for (let i = 0; i < 10; i++) {
        const key = chance.pick(['one', 'two', 'three']);
        if (chance.chance(0.5)) {
          const operation = { type: 'add', value: `${c}/${i}` } as const;
          await recorder.run(`c${c}`, key, operation, async () => {
            await pause(chance);
            const stored = await change(store, key, operation.value, () => pause(chance));
            await pause(chance);
            return stored;
          });
        } else {
          const read = chance.chance(0.5);
          await recorder.run(`c${c}`, key, { type: read ? 'get' : 'delete' }, async (): Promise<never> => {
            await pause(chance);
            const result = read ? store.get(key) : store.delete(key);
            await pause(chance);
            return result as never;
          });
        }
      }
    });
    await clock.advanceAsync(1000);
    await Promise.all(clients);
    return checkLinearizable(recorder.history(), registerModel());
  }

  test('many clients of an atomic cache make a linearizable history', async () => {
    const verdict = await drive(async (store, key, value) => {
      if (store.has(key)) return false;
      store.set(key, value);
      return true;
    });
    expect(verdict).toEqual({ outcome: 'linearizable' });
  });

  test('a pause between looking and storing is found out', async () => {
    const verdict = await drive(async (store, key, value, pause) => {
      if (store.has(key)) return false;
      await pause();
      store.set(key, value);
      return true;
    });
    expect(verdict.outcome).toBe('violation');
  });
});
