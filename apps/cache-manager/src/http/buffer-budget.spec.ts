import { beforeEach, describe, expect, test } from '@jest/globals';
import { BufferBudget, type Holding } from './buffer-budget.ts';

describe('BufferBudget', () => {
  let now: number;
  let cut: string[];
  let counts: number[];
  let budget: BufferBudget;

  beforeEach(() => {
    [now, cut, counts] = [0, [], []];
    budget = new BufferBudget(
      1_000,
      (count) => counts.push(count),
      () => now,
    );
  });

  function open(name: string, bytes = 0): Holding {
    const holding = budget.open(() => cut.push(name));
    if (bytes > 0) holding.set(bytes);
    return holding;
  }

  test('counts what is kept now', () => {
    const a = open('a', 300);
    open('b', 200);
    expect(budget.used).toBe(500);
    a.set(100);
    expect(budget.used).toBe(300);
    a.close();
    a.close();
    a.set(700);
    expect(budget.used).toBe(200);
    expect(cut).toEqual([]);
  });

  test('up to the limit everybody stays', () => {
    open('a', 400);
    open('b', 600);
    expect(cut).toEqual([]);
  });

  test('over it those make room that kept most for longest, and no more of them than needed', () => {
    open('old and small', 10);
    open('old and large', 400);
    now = 1_000;
    open('young and large', 400);
    now = 2_000;
    open('newest', 450);
    expect(cut).toEqual(['old and large']);
    expect(counts).toEqual([1]);
    expect(budget.used).toBe(860);
  });

  test('an eighth more than needed becomes free', () => {
    for (let i = 0; i < 10; i++) open(String(i), 100);
    now = 1_000;
    open('newest', 1);
    expect(budget.used).toBeLessThanOrEqual(875);
    expect(counts).toEqual([2]);
  });

  test('whoever stands still goes before whoever came and goes', () => {
    for (let i = 0; i < 4; i++) open('stuck', 200);
    for (let i = 0; i < 100; i++) {
      now += 100;
      open('honest', 400).close();
    }
    expect(new Set(cut)).toEqual(new Set(['stuck']));
  });

  test('one that is larger than all the room stays alone', () => {
    open('a', 500);
    const large = open('large', 2_000);
    expect(cut).toEqual(['a']);
    expect(budget.used).toBe(2_000);
    large.close();
    expect(budget.used).toBe(0);
  });

  test('what is empty has no room to make', () => {
    open('empty');
    open('a', 2_000);
    expect([cut, counts]).toEqual([[], []]);
  });
});
