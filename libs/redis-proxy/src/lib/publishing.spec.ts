import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import { parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstValueFrom, mergeMap, take, toArray } from 'rxjs';
import { RedisTestCache } from './testing/redis-test-cache.ts';

describe.each([
  ['at once', 0],
  ['later', 1],
])('what clients of data nodes that answer %s write', (_, latency) => {
  let cache: RedisTestCache;
  let client: TestClient;
  /** One of each data node. */
  let keys: readonly string[];

  beforeEach(async () => {
    cache = new RedisTestCache();
    await cache.join('a', 'b', 'c');
    client = new TestClient(cache.server({ keyspaceEvents: 'AKE' }));
    const names = Array.from({ length: 100 }, (_, index) => `key:${index}`);
    keys = ['a', 'b', 'c'].map((id) => names.find((name) => cache.manager.nodeOf(name) === id)!);
    client.ask('mset', ...keys.flatMap((key) => [key, '1']));
    // What that published is none of the tests' business.
    await cache.clock.advanceAsync(0);
    for (const node of cache.nodes.values()) node.delay(latency);
  });

  afterEach(() => cache.close());

  /** Each command, and for each key of it that changes: the key, and the event. */
  const writes: [name: string, commands: () => string[][], changes: () => [key: string, event: string][]][] =
    [
      ['SET', () => [['set', keys[1]!, '2']], () => [[keys[1]!, 'set']]],
      ['MSET', () => [['mset', ...keys.flatMap((key) => [key, '2'])]], () => keys.map((key) => [key, 'set'])],
      ['DEL', () => [['del', ...keys]], () => keys.map((key) => [key, 'del'])],
      ['UNLINK', () => [['unlink', ...keys]], () => keys.map((key) => [key, 'del'])],
      [
        'MSETNX',
        () => [['msetnx', '{t}1', '1', '{t}2', '2']],
        () => ['{t}1', '{t}2'].map((key) => [key, 'set']),
      ],
      [
        'RENAME',
        () => [['rename', keys[2]!, `{${keys[2]!}}2`]],
        () => [
          [keys[2]!, 'rename_from'],
          [`{${keys[2]!}}2`, 'rename_to'],
        ],
      ],
      ['COPY', () => [['copy', keys[2]!, `{${keys[2]!}}2`]], () => [[`{${keys[2]!}}2`, 'copy_to']]],
      [
        'a transaction',
        () => [['multi'], ['incr', keys[0]!], ['append', `{${keys[0]!}}2`, 'x'], ['exec']],
        () => [
          [keys[0]!, 'incrby'],
          [`{${keys[0]!}}2`, 'append'],
        ],
      ],
    ];

  test.each(writes)('is published: %s', async (_, commands, changes) => {
    const listener = new TestClient(client.server);
    listener.ask('psubscribe', '__keyevent@0__:*');
    const published = firstValueFrom(
      cache.pubsub.messages$('cache_invalidation').pipe(
        mergeMap((message) => {
          if (!('entries' in message)) throw new Error('messages were lost');
          return message.entries.map(({ key }) => `${message.node}: ${Buffer.from(key!).toString()}`);
        }),
        take(changes().length),
        toArray(),
      ),
    );
    for (const command of commands()) {
      expect(await cache.outcome(client.answer(...command))).not.toMatch(/^-/);
    }
    const expected = changes().map(([key]) => `${cache.manager.nodeOf(key)!}: ${key}`);
    expect((await cache.outcome(published)).sort()).toEqual(expected.sort());
    const events = parseReplies(listener.read()).map((reply) => (reply as Buffer[]).slice(2).map(String));
    expect(events.sort()).toEqual(
      changes()
        .map(([key, event]) => [`__keyevent@0__:${event}`, key])
        .sort(),
    );
  });

  test.each(['flushall', 'flushdb'])(
    'is published: that %s emptied each slot, by its primary',
    async (command) => {
      const published = firstValueFrom(
        cache.pubsub.messages$('cache_invalidation').pipe(
          mergeMap((message) => {
            if (!('entries' in message)) throw new Error('messages were lost');
            return message.entries.map(({ slot, key }) => ({ node: message.node, slot, key }));
          }),
          take(SLOT_COUNT),
          toArray(),
        ),
      );
      expect(await cache.outcome(client.answer(command))).toBe('+OK\r\n');
      const { members, primaries } = cache.manager.topology;
      const emptied = (await cache.outcome(published)).sort((one, other) => one.slot - other.slot);
      expect(emptied).toEqual(
        Array.from(primaries, (primary, slot) => ({ node: members[primary]!.id, slot, key: null })),
      );
    },
  );
});
