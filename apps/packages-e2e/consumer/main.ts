// What a project of somebody else does with the packages. The same lines are compiled to CommonJS and to ESM.
import { CacheError, LocalDataNodeClient, CacheManager, type SetOptions } from '@distributed-cache/cache';
import { TestCache } from '@distributed-cache/cache/testing';
import { EnvironmentReader } from '@distributed-cache/config';
import { slotOf } from '@distributed-cache/consistent-hash';
import { measureRing } from '@distributed-cache/consistent-hash/testing';
import { SlotLocations } from '@distributed-cache/cluster';
import { DataNode } from '@distributed-cache/data-node';
import { ChaosClient } from '@distributed-cache/data-node/testing';
import { RedisProxy } from '@distributed-cache/redis-proxy';
import { RespServer } from '@distributed-cache/redis-server';
import { TestClient } from '@distributed-cache/redis-server/testing';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { RequestParser } from '@distributed-cache/resp';
import { whole } from '@distributed-cache/resp/testing';
import { EventClock } from '@distributed-cache/runtime';
import { OffHeapStore } from '@distributed-cache/store';
import { ManualClock } from '@distributed-cache/test-kit';

/** Every entry point is there when the program starts. */
const loaded: readonly unknown[] = [
  ...[
    CacheError,
    TestCache,
    EnvironmentReader,
    slotOf,
    measureRing,
    SlotLocations,
    ChaosClient,
    RedisProxy,
    RespServer,
    TestClient,
    RequestParser,
    whole,
    EventClock,
    OffHeapStore,
    ManualClock,
  ],
];

async function main(): Promise<void> {
  const pubsub = new InMemoryPubSub();
  const cache = new CacheManager({ pubsub });
  await cache.addNode(new LocalDataNodeClient(new DataNode({ id: 'a', pubsub, maxBytes: 2 ** 24 })));
  const options: SetOptions = { ttl: 60_000 };
  await cache.set('user:1', 'Ada', options);
  const hit = await cache.get('user:1');
  // A wrong type must not compile: the types are there, and not any.
  // @ts-expect-error a key is no boolean
  const refused: unknown = await cache.get(true).catch((error: unknown) => error instanceof CacheError);
  process.stdout.write(`${loaded.every(Boolean)} ${hit?.value.toString()} ${hit?.node} ${refused}\n`);
  await cache.close();
  await pubsub.close();
}

void main();
