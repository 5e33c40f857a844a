import { must } from '@distributed-cache/test-kit';
import { expect, test } from '@jest/globals';
import { orderOf, PairedCosts } from './paired-costs.ts';

test('each contender is first, second and last equally often', () => {
  const orders = [0, 1, 2].map(orderOf);
  expect(orders).toEqual([
    ['before', 'now', 'before again'],
    ['now', 'before again', 'before'],
    ['before again', 'before', 'now'],
  ]);
  expect(orderOf(3)).toEqual(orders[0]);
});

test('ratios are those of one round: a machine that slows down during the run does not count', () => {
  const costs = new PairedCosts();
  for (const slowness of [1, 2, 4, 8, 16]) {
    costs.add('get', { before: 10 * slowness, now: 11 * slowness, 'before again': 9 * slowness });
  }
  const get = must(costs.comparisons()[0]);
  expect(get).toMatchObject({ name: 'get', before: 40, now: 44 });
  for (const spread of [get.ratio.lowest, get.ratio.median, get.ratio.highest])
    expect(spread).toBeCloseTo(1.1);
  for (const spread of [get.noise.lowest, get.noise.median, get.noise.highest])
    expect(spread).toBeCloseTo(0.9);
});

test('one round that was disturbed does not decide', () => {
  const costs = new PairedCosts();
  for (const now of [10, 10, 30]) costs.add('set', { before: 10, now, 'before again': 10 });
  expect(costs.comparisons()[0]?.ratio).toEqual({ lowest: 1, median: 1, highest: 3 });
});

test('rows come in the order in which they were first measured', () => {
  const costs = new PairedCosts();
  for (const name of ['b', 'a', 'b']) costs.add(name, { before: 1, now: 1, 'before again': 1 });
  expect(costs.comparisons().map(({ name }) => name)).toEqual(['b', 'a']);
});
