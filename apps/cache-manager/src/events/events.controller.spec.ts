import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CacheManager, LocalDataNodeClient } from '@distributed-cache/cache';
import { DataNode } from '@distributed-cache/data-node';
import { PubSub, type InvalidatedEntry } from '@distributed-cache/pubsub';
import { must } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createApp, listen, stop } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { HttpLimits } from '../http/limits.ts';

const version = { epoch: 1, counter: 2 };

describe('GET /events', () => {
  let app: INestApplication<Server>;
  let pubsub: PubSub;
  let port: number;

  async function start(limits: Partial<HttpLimits> = {}): Promise<void> {
    const config = loadConfig({ HTTP_PORT: '0', LOG_LEVEL: 'error' }, []);
    app = await createApp(config, { limits });
    port = Number((await listen(app, config)).port);
    pubsub = app.get(PubSub);
  }

  beforeEach(() => start());

  afterEach(() => stop(app));

  function publish(...entries: InvalidatedEntry[]): void {
    pubsub.publish({ topic: 'cache_invalidation', node: 'n', incarnation: 'i', sequence: 1, entries });
  }

  async function subscribe(): Promise<{ client: EventClient; connection: Socket }> {
    const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const client = new EventClient(port);
    const [connection] = await accepted;
    await client.until(/\r\n\r\n/);
    return { client, connection };
  }

  test('tells of each topic in JSON, with keys as text or base64', async () => {
    const { client } = await subscribe();
    publish(
      { slot: 1, key: Buffer.from('é'), version },
      { slot: 2, key: Buffer.from([0xff]), version },
      { slot: 3, key: null, version },
    );
    const moves = [{ from: null, to: 'node-1', slots: [[0, 5]] as const }];
    pubsub.publish({ topic: 'node_key_assignment', epoch: 7, moves });
    pubsub.publish({ topic: 'topology', epoch: 7, members: [{ id: 'node-1', incarnation: 'i', weight: 1 }] });

    expect(await client.event('cache_invalidation')).toEqual({
      node: 'n',
      incarnation: 'i',
      sequence: 1,
      entries: [
        { slot: 1, key: 'é', version },
        { slot: 2, key: '/w==', encoding: 'base64', version },
        { slot: 3, key: null, version },
      ],
    });
    expect(await client.event('node_key_assignment')).toEqual({ epoch: 7, moves });
    expect(await client.event('topology')).toMatchObject({ epoch: 7, members: [{ id: 'node-1' }] });
  });

  test('tells of a data node that joins and one that leaves', async () => {
    const { client } = await subscribe();
    const manager = app.get(CacheManager);
    await manager.addNode(new LocalDataNodeClient(new DataNode({ id: 'node-4', pubsub, maxBytes: 2 ** 20 })));
    expect(await client.event('node_status')).toMatchObject({ node: 'node-4', state: 'active' });
    expect(await client.event('node_key_assignment')).toMatchObject({
      moves: expect.arrayContaining([expect.objectContaining({ to: 'node-4' })]),
    });
    await manager.removeNode('node-4');
    await client.until(/"node":"node-4"[^\n]*"state":"closed"/);
  });

  test('tells of a data node only when its state changes', async () => {
    const { client } = await subscribe();
    const { id, incarnation, weight, slots, statistics } = must(app.get(CacheManager).nodes()[0]);
    for (const state of ['active', 'draining', 'draining', 'active'] as const) {
      pubsub.publish({ topic: 'node_status', node: id, incarnation, state, weight, slots, statistics });
    }
    await client.until(/(event: node_status[^]*){2}/);
    publish({ slot: 12_345, key: null, version });
    await client.until(/"slot":12345/);
    expect([...client.received.matchAll(/"state":"(\w+)"/g)].map(([, state]) => state)).toEqual([
      'draining',
      'active',
    ]);
  });

  test('a client that does not read is told what it missed, and holds nobody up', async () => {
    const { client } = await subscribe();
    client.socket.pause();
    const { client: reader } = await subscribe();
    const key = Buffer.alloc(60_000, 'x');
    // More than the buffers of both sockets and the backlog take, and no faster than a client can read it.
    for (let slot = 1000; slot < 1400; slot++) {
      publish({ slot, key, version });
      await reader.until(new RegExp(`"slot":${slot}`));
      expect(reader.received).not.toContain('overflow');
      reader.received = '';
    }
    publish({ slot: 12_345, key: null, version });
    await reader.until(/"slot":12345/);

    client.socket.resume();
    const overflow = (await client.event('overflow')) as { of: string; dropped: number };
    expect(overflow).toEqual({ of: 'cache_invalidation', dropped: expect.any(Number) });
    await client.until(/"slot":12345/);
    const delivered = must(client.received.match(/event: cache_invalidation/g)).length;
    const dropped = [...client.received.matchAll(/"dropped":(\d+)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    expect(delivered + dropped).toBe(401);
  });

  test('a client that reads nothing any more is cut off', async () => {
    await stop(app);
    await start({ heartbeat: 20 });
    const { client, connection } = await subscribe();
    client.socket.pause();
    const closed = once(connection, 'close');
    const key = Buffer.alloc(60_000, 'x');
    while (connection.writableLength === 0) {
      publish({ slot: 1, key, version });
      await setImmediate();
    }
    await closed;
    expect(pubsub.hasSubscribers('cache_invalidation')).toBe(false);
    client.socket.destroy();
  });

  test('nothing is left of a client that has gone', async () => {
    const { client, connection } = await subscribe();
    expect(pubsub.hasSubscribers('cache_invalidation')).toBe(true);
    client.socket.destroy();
    await once(connection, 'close');
    expect(pubsub.hasSubscribers('cache_invalidation')).toBe(false);
  });
});

class EventClient {
  readonly socket: Socket;
  private readonly closed: Promise<unknown>;
  received = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (text) => (this.received += String(text)));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve).on('error', resolve));
    this.socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match !== null) return match;
      const more = await Promise.race([once(this.socket, 'data'), this.closed.then(() => undefined)]);
      if (more === undefined) throw new Error('The server closed the connection.');
    }
  }

  /** The data of the first event of that name. */
  async event(name: string): Promise<unknown> {
    const [, json = ''] = await this.until(new RegExp(`event: ${name}\\nid: \\d+\\ndata: ([^\\n]*)\\n`));
    return JSON.parse(json);
  }
}
