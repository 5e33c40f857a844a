import { afterEach, describe, expect, test } from '@jest/globals';

import { seeded, testSeed } from './test-seed.ts';

const VARIABLE = 'TEST_KIT_SPEC_SEED';

afterEach(() => {
  Reflect.deleteProperty(process.env, VARIABLE);
});

describe('testSeed', () => {
  test('takes the seed from the environment', () => {
    process.env[VARIABLE] = '123';
    expect(testSeed(VARIABLE)).toBe(123);
  });

  test('makes a fresh one when there is none', () => {
    const seeds = new Set(Array.from({ length: 20 }, () => testSeed(VARIABLE)));
    expect(seeds.size).toBeGreaterThan(15);
    process.env[VARIABLE] = '';
    expect(Number.isSafeInteger(testSeed(VARIABLE))).toBe(true);
  });

  test.each(['x', '-1', '1.5', '1e3', '9007199254740992'])('refuses %s and names the variable', (text) => {
    process.env[VARIABLE] = text;
    expect(() => testSeed(VARIABLE)).toThrow(
      `${VARIABLE} must be an integer from 0 to 2^53 - 1, got ${text}`,
    );
  });
});

describe('seeded', () => {
  test('gives the body randomness from the seed', async () => {
    process.env[VARIABLE] = '77';
    const drawn: number[] = [];
    const body = seeded((random, seed) => drawn.push(random.next(), seed), VARIABLE);
    await body();
    await body();
    expect(drawn[0]).toBe(drawn[2]);
    expect(drawn[1]).toBe(77);
  });

  test('a failure keeps its error and names the seed, in the message and in the stack', async () => {
    process.env[VARIABLE] = '99';
    const failure = new TypeError('it broke: $& $1');
    const run = seeded(async () => {
      await Promise.resolve();
      throw failure;
    }, VARIABLE);
    await expect(run()).rejects.toBe(failure);
    expect(failure.message).toBe(`Repeat with ${VARIABLE}=99\nit broke: $& $1`);
    expect(failure.stack).toContain(failure.message);
    expect(failure.stack).toContain('test-seed.spec');
  });

  test('the seed that a failure names repeats it', async () => {
    const run = seeded((random) => {
      throw new Error(`drew ${random.next()}`);
    }, VARIABLE);
    const first = await run().catch((error: unknown) => (error as Error).message);
    process.env[VARIABLE] = /=(\d+)/.exec(String(first))?.[1];
    await expect(run()).rejects.toThrow(String(first));
  });

  test('what is thrown without being an error arrives as one', async () => {
    process.env[VARIABLE] = '5';
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as some do
    const run = seeded(() => Promise.reject('only text'), VARIABLE);
    await expect(run()).rejects.toThrow(`Repeat with ${VARIABLE}=5\nonly text`);
  });
});
