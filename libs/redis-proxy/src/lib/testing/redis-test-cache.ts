import { TestCache } from '@distributed-cache/cache/testing';
import { ServerState } from '@distributed-cache/redis-server';
import { RedisWire } from '@distributed-cache/redis-server/testing';
import { RedisProxy } from '../redis-proxy.ts';

/** A whole cache, whose disturbed data nodes are asked in bytes, and servers for Redis clients in front of it. */
export class RedisTestCache extends TestCache {
  readonly #wire: RedisWire;

  constructor(options: ConstructorParameters<typeof TestCache>[0] = {}) {
    const wire = new RedisWire();
    super(options, wire);
    this.#wire = wire;
    wire.clock = this.eventClock;
  }

  /** A server without sockets. Closed with the cache. */
  server(settings: Partial<ServerState['settings']> = {}, strictTransactions = false): ServerState {
    const { manager, dataNodes: nodes, pubsub, eventClock: clock } = this;
    const proxy = new RedisProxy(manager.router, { strictTransactions });
    const server = new ServerState({ nodes, proxy, pubsub, clock, settings: { maxMemory: 1, ...settings } });
    this.#wire.keyspaceEvents.push(server.keyspaceEvents);
    this.before(() => {
      server.close();
    });
    return server;
  }
}
