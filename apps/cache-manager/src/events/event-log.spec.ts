import { describe, expect, test } from '@jest/globals';
import { EventLog } from './event-log.ts';

/** All that a reader at this position gets, and where it is then. */
function read(log: EventLog, position: number): { text: string; position: number } {
  let text = '';
  for (let batch = log.at(position); batch !== undefined; batch = log.at(position)) {
    expect(batch.first).toBe(position);
    text += batch.bytes.toString();
    position += batch.count;
  }
  return { text, position };
}

describe('EventLog', () => {
  test('gives each reader what happened since it came, once', () => {
    const log = new EventLog(1_000);
    log.append((number) => `(${number})`);
    const early = log.end();
    log.append((number) => `(${number})`);
    const late = log.end();
    log.append((number) => `(${number})`);
    log.append((number) => `(${number})`);
    expect(read(log, early)).toEqual({ text: '(2)(3)(4)', position: 5 });
    expect(read(log, late)).toEqual({ text: '(3)(4)', position: 5 });
    expect(read(log, 5)).toEqual({ text: '', position: 5 });
  });

  test('readers share the bytes', () => {
    const log = new EventLog(1_000);
    const start = log.end();
    log.append(() => 'event');
    const [one, other] = [log.at(start), log.at(start)];
    expect(one?.bytes).toBeDefined();
    expect(other?.bytes).toBe(one?.bytes);
  });

  test('over the limit the oldest go, and a reader can tell how many it missed', () => {
    const log = new EventLog(100);
    const start = log.end();
    for (let i = 0; i < 10; i++) {
      log.append(() => 'x'.repeat(30));
      log.end();
    }
    expect(log.first - start).toBe(7);
    expect(log.at(start)).toBeUndefined();
    expect(read(log, log.first)).toEqual({ text: 'x'.repeat(90), position: start + 10 });
  });

  test('the newest stays, however large', () => {
    const log = new EventLog(10);
    const start = log.end();
    log.append(() => 'x'.repeat(50));
    expect(read(log, start).text).toHaveLength(50);
  });

  test('events that come one after the other leave in few batches', () => {
    const log = new EventLog(2 ** 20);
    const start = log.end();
    for (let i = 0; i < 1_000; i++) log.append(() => 'x'.repeat(200));
    let batches = 0;
    for (let at = start, batch = log.at(at); batch !== undefined; batch = log.at(at)) {
      at += batch.count;
      batches++;
    }
    expect(batches).toBe(4);
  });

  test('cleared, it goes on with the numbers', () => {
    const log = new EventLog(1_000);
    log.append(() => 'gone');
    log.clear();
    const start = log.end();
    expect([start, log.first]).toEqual([2, 2]);
    log.append((number) => `(${number})`);
    expect(read(log, start).text).toBe('(2)');
  });
});
