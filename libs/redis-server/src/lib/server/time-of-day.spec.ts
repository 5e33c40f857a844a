import { expect, test } from '@jest/globals';
import { TimeOfDay } from './time-of-day.ts';

const UNIX = 1_800_000_000_000;

/** Both clocks of a system, in milliseconds; Unix time comes in whole ones. */
class Clocks {
  now = 0.25;
  ahead = UNIX + 0.5;
  readonly timeOfDay = new TimeOfDay(
    () => Math.floor(this.now + this.ahead),
    () => this.now,
  );
}

test('counts microseconds, and is less than a millisecond behind', () => {
  const clocks = new Clocks();
  let last = 0;
  for (let i = 0; i < 10_000; i++) {
    const time = clocks.timeOfDay.microseconds();
    const real = (clocks.now + clocks.ahead) * 1000;
    expect(time).toBeGreaterThanOrEqual(last);
    expect(time).toBeLessThanOrEqual(real);
    expect(time).toBeGreaterThan(real - 1001);
    last = time;
    clocks.now += 0.0137;
  }
});

test.each([
  ['ahead', 60],
  ['back', -3_600_000],
])('follows a time of day that is set %s', (_, step) => {
  const clocks = new Clocks();
  clocks.timeOfDay.microseconds();
  clocks.ahead += step;
  expect(clocks.timeOfDay.microseconds()).toBeCloseTo((clocks.now + clocks.ahead) * 1000, -4);
});

test('does not go back when the thread had to wait between the two clocks', () => {
  let now = 0;
  const timeOfDay = new TimeOfDay(
    () => UNIX + Math.floor(now),
    () => (now += 20),
  );
  const first = timeOfDay.microseconds();
  expect(timeOfDay.microseconds()).toBeGreaterThan(first);
});
