import type { CacheManager, LocalDataNodeClient } from '@distributed-cache/cache';
import type { DataNode } from '@distributed-cache/data-node';
import type { InMemoryPubSub } from '@distributed-cache/pubsub';
import type { Build } from '../build.ts';
import type { EmbeddedCache } from './embedded-cache.ts';

/** The `CacheManager` that a build has, over three data nodes with the budget of the shipped defaults. */
export async function ownCache(build: Build): Promise<EmbeddedCache> {
  const cache = await build.load<{
    CacheManager: typeof CacheManager;
    LocalDataNodeClient: typeof LocalDataNodeClient;
  }>('cache');
  const dataNode = await build.load<{ DataNode: typeof DataNode }>('data-node');
  const bus = await build.load<{ InMemoryPubSub: typeof InMemoryPubSub }>('pubsub');

  const pubsub = new bus.InMemoryPubSub();
  const manager = new cache.CacheManager({ pubsub });
  for (let i = 1; i <= 3; i++) {
    const node = new dataNode.DataNode({ id: `node-${i}`, pubsub, maxBytes: 256 * 2 ** 20 });
    await manager.addNode(new cache.LocalDataNodeClient(node));
  }
  return {
    name: 'CacheManager, 3 data nodes',
    get: (key) => manager.get(key),
    set: (key, value) => manager.set(key, value),
    close: async () => {
      await manager.close();
      await pubsub.close();
    },
  };
}
