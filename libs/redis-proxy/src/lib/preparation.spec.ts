import { slotOf } from '@distributed-cache/consistent-hash';
import { CommandsAhead, RequestParser } from '@distributed-cache/resp';
import { encode } from '@distributed-cache/redis-server/testing';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Preparation } from './preparation.ts';
import { SlotLocations, Member } from '@distributed-cache/cluster';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const NODES = ['a', 'b', 'c'];
const KEYS = Array.from({ length: 20 }, (_, i) => `key:${i}`);

/** A table of three members, a slot each in turn. */
function setUp() {
  const cache = new RedisTestCache();
  const members = NODES.map((id) => new Member(cache.node(id)));
  const table = new SlotLocations();
  for (let slot = 0; slot < 16384; slot++) table.settle(slot, members[slot % 3]!);
  const seen = new Map<string, string[]>();
  for (const { client } of members) {
    jest.spyOn(client, 'prepare').mockImplementation((keys, starts, ends, count) => {
      const texts = Array.from({ length: count }, (_, i) =>
        Buffer.from(keys.subarray(starts[i], ends[i])).toString(),
      );
      seen.set(client.id, texts);
    });
  }
  const preparation = new Preparation(table);
  const announce = (...keys: string[]): void => {
    const parser = new RequestParser();
    parser.feed(Buffer.concat(keys.map((key) => encode('get', key))));
    const ahead = new CommandsAhead(32);
    parser.lookAhead(ahead);
    preparation.announce(parser.buffer, ahead);
  };
  const ownerOf = (key: string): string => NODES[slotOf(Buffer.from(key), 0, key.length) % 3]!;
  return { table, seen, announce, ownerOf };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('Preparation', () => {
  test('tells each data node of its own keys, in their order', () => {
    const { seen, announce, ownerOf } = setUp();
    announce(...KEYS);
    for (const id of NODES) expect(seen.get(id)).toEqual(KEYS.filter((key) => ownerOf(key) === id));
  });

  test('takes back what it said before', () => {
    const { seen, announce, ownerOf } = setUp();
    announce(...KEYS);
    const [key] = KEYS as [string];
    announce(key);
    for (const id of NODES) expect(seen.get(id)).toEqual(id === ownerOf(key) ? [key] : []);
    announce();
    for (const id of NODES) expect(seen.get(id)).toEqual([]);
  });

  test('leaves out keys whose slot has no settled primary', () => {
    const { table, seen, announce, ownerOf } = setUp();
    const [key, ...others] = KEYS as [string, ...string[]];
    table.vacate(slotOf(Buffer.from(key), 0, key.length));
    announce(...KEYS);
    expect(seen.get(ownerOf(key))).toEqual(others.filter((other) => ownerOf(other) === ownerOf(key)));
  });
});
