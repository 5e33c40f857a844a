import type { TestCache } from '@distributed-cache/cache/testing';
import { ServerState } from '@distributed-cache/redis-server';
import { RedisProxy } from '../redis-proxy.ts';

/** A server for Redis clients in front of the cache, without sockets. Closed with the cache. */
export function serverOf(
  cache: TestCache,
  settings: Partial<ServerState['settings']> = {},
  strictTransactions = false,
): ServerState {
  const { manager, dataNodes: nodes, pubsub, eventClock: clock } = cache;
  const proxy = new RedisProxy(manager.router, { strictTransactions });
  const server = new ServerState({ nodes, proxy, pubsub, clock, settings: { maxMemory: 1, ...settings } });
  cache.before(() => {
    server.close();
  });
  return server;
}
