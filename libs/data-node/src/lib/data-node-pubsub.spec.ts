import { afterEach, describe, expect, test } from '@jest/globals';
import { InMemoryPubSub, type MessageOf, type Overflow, type Topic } from '@distributed-cache/pubsub';
import { firstValueFrom, take, toArray, type Observable } from 'rxjs';
import { DataNode } from './data-node.ts';
import { ALL_SLOTS } from './data-node.spec-helper.ts';

const set = (node: DataNode, text: string): number => {
  const bytes = Buffer.from(text);
  return node.set(bytes, 0, bytes.length, bytes, 0, bytes.length, 0, 0);
};

const first = async <T extends Topic>(
  stream$: Observable<MessageOf<T> | Overflow>,
  count: number,
): Promise<MessageOf<T>[]> => {
  const messages = await firstValueFrom(stream$.pipe(take(count), toArray()));
  return messages.filter((message): message is MessageOf<T> => message.topic !== 'overflow');
};

describe('a data node on the real clock and a real PubSub', () => {
  const pubsub = new InMemoryPubSub();
  const node = new DataNode({ id: 'node-1', pubsub, maxBytes: 1024 * 1024 });
  node.takeSlots(ALL_SLOTS, 1);

  // The clock's own timers do not keep a process alive, so something else must while the test waits.
  const keepAlive = setInterval(() => undefined, 1000);
  afterEach(() => {
    clearInterval(keepAlive);
  });

  test('tells subscribers, turn by turn, and survives that its PubSub closes first', async () => {
    const statuses = first(pubsub.messages$('node_status'), 2);
    const invalidations = first(pubsub.messages$('cache_invalidation'), 2);
    node.start();
    set(node, 'a');
    set(node, 'b');
    await new Promise((resolve) => setImmediate(resolve));
    set(node, 'c');
    node.setState('draining');
    const told = (await invalidations).map(({ sequence, entries }) => [
      sequence,
      entries.map(({ key }) => Buffer.from(key!).toString()),
    ]);
    expect(told).toEqual([
      [1, ['a', 'b']],
      [2, ['c']],
    ]);
    expect((await statuses).map(({ state }) => state)).toEqual(['active', 'draining']);

    await pubsub.close();
    set(node, 'd');
    await new Promise((resolve) => setImmediate(resolve));
    node.close();
    expect(node.state).toBe('closed');
  });
});
