import { CLOSED } from '@distributed-cache/data-node';
import { type ServerState } from '@distributed-cache/redis-server';
import { TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const TIMEOUT = 1000;

/** Commands for many data nodes: what they are asked, and whether that writes. */
const COMMANDS: readonly [command: string, asked: string, writes: boolean][] = [
  ['mget', 'mget', false],
  ['mset', 'mset', true],
  ['del', 'del', true],
  ['unlink', 'unlink', true],
  ['exists', 'exists', false],
  ['touch', 'touch', false],
  ['dbsize', 'dbsize', false],
  ['keys', 'keys', false],
  ['flushdb', 'flushdb', true],
  ['flushall', 'flushall', true],
  ['scan', 'scan', false],
  ['randomkey', 'dbsize', false],
];

describe.each(COMMANDS)('%s, when one data node of three fails,', (command, asked, writes) => {
  let cache: RedisTestCache;
  let server: ServerState;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ operationTimeout: TIMEOUT, statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    server = cache.server();
    client = new TestClient(server);
    client.ask('mset', ...keys().flatMap((key) => [key, '1']));
  });

  afterEach(() => cache.close());

  /** One of each data node, that which fails in the middle. */
  function keys(): string[] {
    const names = Array.from({ length: 100 }, (_, index) => `key:${index}`);
    return ['a', 'b', 'c'].map((id) => names.find((name) => cache.manager.nodeOf(name) === id)!);
  }

  function args(): string[] {
    switch (command) {
      case 'mset':
        return keys().flatMap((key) => [key, '2']);
      case 'mget':
      case 'del':
      case 'unlink':
      case 'exists':
      case 'touch':
        return keys();
      case 'keys':
        return ['*'];
      case 'scan':
        return ['0', 'count', '10000'];
      default:
        return [];
    }
  }

  const failing = () => cache.nodes.get('b')!;
  const ask = (): Promise<string> => cache.outcome(client.answer(command, ...args()));

  describe.each([
    ['at once', 0],
    ['later', 1],
  ])('and the others answer %s', (_, latency) => {
    beforeEach(() => {
      for (const id of ['a', 'c']) cache.nodes.get(id)!.delay(latency);
    });

    test('names it when it cannot be asked', async () => {
      failing().kill();
      expect(await ask()).toBe('-CLUSTERDOWN Data node b is unavailable.\r\n');
    });

    test('names it when its answer is lost', async () => {
      failing().fail(1);
      const outcome = writes ? '; whether it did the write is unknown' : '';
      expect(await ask()).toBe(`-CLUSTERDOWN Data node b is unavailable${outcome}.\r\n`);
    });

    test('names it when it refuses', async () => {
      failing().execute = () => CLOSED;
      expect(await ask()).toBe('-CLUSTERDOWN Data node b is unavailable.\r\n');
    });

    test('names it when it does not answer in time', async () => {
      failing().stall();
      const outcome = writes ? '; the write may still be done' : '';
      const began = cache.clock.now();
      expect(await ask()).toBe(
        `-TIMEOUT No answer to ${asked} from data node b within ${TIMEOUT} ms${outcome}.\r\n`,
      );
      expect(cache.clock.now() - began).toBeLessThan(TIMEOUT + 20);
      failing().resume();
    });
  });
});
