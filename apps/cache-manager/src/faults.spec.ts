import type { Server } from 'node:http';
import { CacheManager } from '@distributed-cache/cache';
import { ChaosClient } from '@distributed-cache/cache/testing';
import { PubSub } from '@distributed-cache/pubsub';
import { must } from '@distributed-cache/test-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createApp, listen, stop } from './app.ts';
import { loadConfig } from './config.ts';

/** A node is lost after three of them: later than an operation gives up. */
const STATUS_INTERVAL = 150;
const OPERATION_TIMEOUT = 150;
const CLIENTS = 8;
const METHODS = ['POST', 'GET', 'DELETE'];
const KEYS = Array.from({ length: 120 }, (_, index) => `key-${index}`);

describe.each([true, false])('a data node fails in the middle of load (lean: %s)', (lean) => {
  let app: INestApplication<Server>;
  let manager: CacheManager;
  let faulty: ChaosClient;
  let origin: string;

  async function start(statusInterval = STATUS_INTERVAL): Promise<void> {
    const config = loadConfig(
      {
        HTTP_PORT: '0',
        DATA_NODES: '2',
        LOG_LEVEL: 'error',
        STATUS_INTERVAL: String(statusInterval),
        OPERATION_TIMEOUT: String(OPERATION_TIMEOUT),
      },
      [],
    );
    app = await createApp(config, { lean });
    ({ origin } = await listen(app, config));
    manager = app.get(CacheManager);
    faulty = new ChaosClient({
      id: 'faulty',
      pubsub: app.get(PubSub),
      maxBytes: 2 ** 20,
      statusInterval,
    });
    await manager.addNode(faulty);
  }

  beforeEach(() => start());

  afterEach(() => stop(app));

  /** A request that hangs ends with its test: how long others take is up to the machine. */
  const ask = (method: string, key: string): Promise<Response> =>
    fetch(`${origin}/?key=${key}${method === 'POST' ? '&value=v' : ''}`, { method });

  test.each([
    ['ends without a word', () => faulty.kill()],
    ['is stuck', () => faulty.stall()],
    ['says that it ends', () => faulty.node.close()],
  ])('it %s', async (_, fail) => {
    const failures: Response[] = [];
    let running = true;
    const load = Array.from({ length: CLIENTS }, async (__, client) => {
      for (let i = client; running; i++) {
        const response = await ask(must(METHODS[i % 3]), must(KEYS[(i * 7) % KEYS.length]));
        if (response.status === 503) failures.push(response);
        else expect([200, 404]).toContain(response.status);
      }
    });
    const owned = KEYS.filter((key) => manager.nodeOf(key) === 'faulty');
    expect(owned.length).toBeGreaterThan(0);
    for (const key of owned) expect(await (await ask('POST', key)).json()).toMatchObject({ node: 'faulty' });

    fail();
    while (manager.nodes().some(({ id, slots }) => id === 'faulty' && slots > 0)) await ask('GET', 'key-0');

    for (const key of owned) {
      const response = await ask('POST', key);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ node: expect.stringMatching(/^node-[12]$/) });
    }
    running = false;
    await Promise.all(load);
    for (const response of failures) {
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
    }
    faulty.resume();
  });

  test('while it is stuck, its keys answer 503 in time and the others go on', async () => {
    // Once it counts as lost, others answer for its keys: not before a busy machine gets to the request.
    await stop(app);
    await start(60_000);
    const mine = must(KEYS.find((key) => manager.nodeOf(key) === 'faulty'));
    const others = must(KEYS.find((key) => manager.nodeOf(key) !== 'faulty'));
    faulty.stall();
    const stuck = await ask('POST', mine);
    expect(stuck.status).toBe(503);
    expect(stuck.headers.get('retry-after')).toBe('1');
    expect((await ask('POST', others)).status).toBe(200);
    faulty.resume();
  });

  test('without any data node the process is not ready, and answers 503', async () => {
    for (const { id } of manager.nodes()) await manager.removeNode(id);
    const response = await ask('GET', 'a');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    const ready = await fetch(`${origin}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'error', error: { slots: { status: 'down' } } });
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${origin}/nodes`)).json()).toEqual([]);
  });
});
