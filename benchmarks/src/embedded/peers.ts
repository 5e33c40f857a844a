import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import { ourBuild } from '../build.ts';
import type { EmbeddedCache } from './embedded-cache.ts';
import { ownCache } from './own-cache.ts';

const ENTRIES = 100_000;

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

export const embeddedCaches = [() => ownCache(ourBuild), lruCache, cacheManager, keyv, bentoCache];
