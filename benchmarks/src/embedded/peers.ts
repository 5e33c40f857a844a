import { CacheManager, LocalDataNodeClient } from '@distributed-cache/cache';
import { DataNode } from '@distributed-cache/data-node';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';

/** A cache inside the process, reduced to what is measured. Values are strings for everyone. */
export interface EmbeddedCache {
  readonly name: string;
  get(key: string): unknown;
  set(key: string, value: string): unknown;
  close(): unknown;
}

const ENTRIES = 100_000;

async function distributedCache(): Promise<EmbeddedCache> {
  const pubsub = new InMemoryPubSub();
  const manager = new CacheManager({ pubsub });
  for (let i = 1; i <= 3; i++) {
    const node = new DataNode({ id: `node-${i}`, pubsub, maxBytes: 256 * 2 ** 20 });
    await manager.addNode(new LocalDataNodeClient(node));
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

function lruCache(): EmbeddedCache {
  const cache = new LRUCache<string, string>({ max: ENTRIES });
  return {
    name: 'lru-cache (synchronous, stores references)',
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => {
      cache.clear();
    },
  };
}

function cacheManager(): EmbeddedCache {
  const cache = createCache();
  return {
    name: 'cache-manager',
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => cache.disconnect(),
  };
}

function keyv(): EmbeddedCache {
  const cache = new Keyv<string>();
  return {
    name: 'Keyv (Map)',
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => cache.disconnect(),
  };
}

function bentoCache(): EmbeddedCache {
  const cache = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES })) },
  });
  return {
    name: 'BentoCache (memory)',
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    close: () => cache.disconnectAll(),
  };
}

export const embeddedCaches = [distributedCache, lruCache, cacheManager, keyv, bentoCache];
