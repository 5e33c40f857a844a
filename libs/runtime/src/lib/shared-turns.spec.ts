import { expect, test } from '@jest/globals';
import { ManualClock } from '@distributed-cache/test-kit';
import { SharedTurns } from './shared-turns.ts';

test('SharedTurns do one piece of work a turn, of each in turn, until there is no more', () => {
  const clock = new ManualClock();
  const log: string[] = [];
  const work = (name: string, pieces: number) => (): boolean => {
    log.push(`${name} ${pieces}`);
    clock.schedule(0, () => log.push('turn'));
    return --pieces > 0;
  };
  SharedTurns.of(clock).add(work('a', 3));
  SharedTurns.of(clock).add(work('b', 1));
  clock.advance(0);
  expect(log).toEqual(['a 3', 'turn', 'b 1', 'turn', 'a 2', 'turn', 'a 1', 'turn']);
  expect(clock.pending).toBe(0);
  SharedTurns.of(clock).add(work('c', 1));
  clock.advance(0);
  expect(log.slice(-2)).toEqual(['c 1', 'turn']);
});

test('SharedTurns go on when a piece fails, without the work that did', () => {
  const clock = new ManualClock();
  const log: string[] = [];
  SharedTurns.of(clock).add(() => {
    throw new Error('a mistake');
  });
  SharedTurns.of(clock).add(() => {
    log.push('other');
    return false;
  });
  expect(() => clock.advance(0)).toThrow('a mistake');
  expect(log).toEqual(['other']);
});
