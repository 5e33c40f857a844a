import { Agent } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { send } from './support/http-client.ts';
import { FAULTY, ServerProcess } from './support/server-process.ts';

const CLIENTS = 20;
const KEYS = 200;

interface NodeAnswer {
  readonly id: string;
  readonly slots: number;
}

test('a data node stops in the middle of load: others answer for its keys, and no request hangs or breaks', async () => {
  const server = await ServerProcess.start({
    script: FAULTY,
    env: { OPERATION_TIMEOUT: '5000' },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const nodesSeen = new Set<string>();
  const nodeList = async (): Promise<NodeAnswer[]> =>
    (await send(server.origin, 'GET', '/nodes')).json as NodeAnswer[];

  async function write(key: number): Promise<{ status: number; node?: string }> {
    const { status, json } = await send(server.origin, 'POST', `/?key=k${key}&value=${key}`, { agent });
    const { node } = json as { node?: string };
    if (node !== undefined) nodesSeen.add(node);
    return { status, node };
  }

  let running = true;
  const statuses = new Set<number>();
  const load = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let i = client; running; i++) {
      statuses.add((await write(i % KEYS)).status);
      statuses.add((await send(server.origin, 'GET', `/?key=k${(i * 7) % KEYS}`, { agent })).status);
    }
  });
  while (nodesSeen.size < 3) await setImmediate();

  server.signal('SIGUSR2');
  while ((await nodeList()).some(({ id, slots }) => id === 'node-2' && slots > 0)) await setImmediate();
  for (let key = 0; key < KEYS; key++) {
    const { status, node } = await write(key);
    expect([status, node]).toEqual([200, expect.stringMatching(/^node-[13]$/)]);
    expect((await send(server.origin, 'GET', `/?key=k${key}`)).json).toMatchObject({ value: String(key) });
  }
  running = false;
  await Promise.all(load);
  agent.destroy();

  for (const status of statuses) expect([200, 404, 503]).toContain(status);
  expect((await send(server.origin, 'GET', '/health/ready')).status).toBe(200);
  // Had a rejection gone unhandled, the process would have ended with code 1.
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(server.stderr).toBe('');
});
