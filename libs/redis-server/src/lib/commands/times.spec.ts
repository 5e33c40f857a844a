import { describe, expect, test } from '@jest/globals';
import { ManualClock, testSeed } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { createServer, TestClient } from '../testing/test-client.ts';

const UNIX = 1_795_600_000_123;
const LAST = 2n ** 63n - 1n;
const seed = testSeed();

const clientAt = (unix = UNIX) => {
  const clock = new ManualClock(123.25);
  return { clock, client: new TestClient(createServer({ clock, unixNow: () => unix })) };
};

const answer = (client: TestClient, ...args: (string | bigint)[]): bigint =>
  BigInt(client.ask(...args).slice(1, -2));

describe(`times to live of millions of years (TEST_SEED=${seed})`, () => {
  test('end when it was asked for, or within a second and a bit before', () => {
    const { client } = clientAt();
    client.ask('set', 'k', 'v');
    const time = fc.bigInt({ min: 1n, max: LAST - BigInt(UNIX) });
    fc.assert(
      fc.property(time, fc.boolean(), (milliseconds, absolute) => {
        const end = absolute ? milliseconds + BigInt(UNIX) : milliseconds;
        const unix = milliseconds + BigInt(UNIX);
        expect(client.ask(absolute ? 'pexpireat' : 'pexpire', 'k', end)).toBe(':1\r\n');
        const told = answer(client, 'pexpiretime', 'k');
        expect(told).toBeLessThanOrEqual(unix);
        expect(told).toBeGreaterThan(unix - 1024n);
        if (milliseconds < 2n ** 52n) expect(told).toBe(unix);
        expect(answer(client, 'pttl', 'k')).toBe(told - BigInt(UNIX));
        expect(answer(client, 'expiretime', 'k')).toBe((told + 500n) / 1000n);
        expect(answer(client, 'ttl', 'k')).toBe((told - BigInt(UNIX) + 500n) / 1000n);
      }),
      { seed, numRuns: 500 },
    );
  });

  test('the last moment there is is answered as it is, and is later than any other', () => {
    const { client } = clientAt();
    client.ask('set', 'k', 'v', 'pxat', LAST);
    expect(answer(client, 'pexpiretime', 'k')).toBe(LAST);
    expect(answer(client, 'pttl', 'k')).toBe(LAST - BigInt(UNIX));
    expect(client.ask('pexpireat', 'k', LAST - 1n, 'gt')).toBe(':0\r\n');
    expect(client.ask('pexpireat', 'k', LAST - 1n, 'lt')).toBe(':1\r\n');
    expect(client.ask('pexpireat', 'k', LAST, 'gt')).toBe(':1\r\n');
    expect(client.ask('pexpire', 'k', LAST - BigInt(UNIX) + 1n)).toMatch(/^-ERR invalid expire time/);
    expect(client.ask('pexpire', 'k', LAST - BigInt(UNIX))).toBe(':1\r\n');
    expect(answer(client, 'pexpiretime', 'k')).toBe(LAST);
  });

  test('outlive a long time', () => {
    const { clock, client } = clientAt();
    client.ask('set', 'k', 'v', 'px', 2n ** 62n);
    clock.advance(2 ** 52);
    expect(client.ask('get', 'k')).toBe('$1\r\nv\r\n');
  });
});

describe('times are compared in whole milliseconds, as in Redis', () => {
  test('so that a later one of the same millisecond is not later', () => {
    const { clock, client } = clientAt();
    client.ask('psetex', 'k', '5000', 'v');
    clock.advance(0.5);
    expect(client.ask('pexpire', 'k', '5000', 'gt')).toBe(':0\r\n');
    clock.advance(0.5);
    expect(client.ask('pexpire', 'k', '5000', 'gt')).toBe(':1\r\n');
    expect(client.ask('pexpire', 'k', '5000', 'lt')).toBe(':0\r\n');
  });
});

test('what has expired when it is stored leaves without being read', () => {
  const { clock, client } = clientAt();
  const node = client.server.nodes[0]!;
  node.start();
  expect(client.ask('set', 'k', 'v', 'pxat', '1')).toBe('+OK\r\n');
  expect(node.store.entries).toBe(1);
  clock.advance(0);
  expect(node.store.entries).toBe(0);
});
