import { Agent } from 'node:http';
import {
  assertLinearizable,
  HistoryRecorder,
  registerModel,
  SeededRandom,
  testSeed,
} from '@distributed-cache/test-kit';
import { expect, test } from '@jest/globals';
import { send, type Answer } from './support/http-client.ts';
import { ServerProcess } from './support/server-process.ts';

const CLIENTS = 1_000;
const KEYS = 40;
/** First everybody at once. In such a crowd nearly every answer can be explained, */
const CROWDED = 2;
/** so then come operations of which only a few are under way at a time: those must be in order. */
const ORDERLY = 6;
const UNDER_WAY = 8;

test('1,000 concurrent clients see one history of each key', async () => {
  // Nobody is to wait for a busy machine: what is judged is the order of answers, not their speed.
  const server = await ServerProcess.start({ env: { OPERATION_TIMEOUT: '60000' } });
  const random = new SeededRandom(testSeed());
  const recorder = new HistoryRecorder();
  const turnstile = new Turnstile(UNDER_WAY);

  async function ask(agent: Agent, method: string, target: string, ...accepted: number[]): Promise<Answer> {
    const answer = await send(server.origin, method, target, { agent });
    expect(accepted).toContain(answer.status);
    return answer;
  }

  async function client(id: number): Promise<void> {
    const name = `client ${id}`;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < CROWDED + ORDERLY; i++) {
      if (i >= CROWDED) await turnstile.enter();
      const key = `key-${random.integer(KEYS)}`;
      const target = `/?key=${key}`;
      switch (random.integer(3)) {
        case 0: {
          const value = `${id}.${i}`;
          await recorder.run(name, key, { type: 'set', value }, async () => {
            await ask(agent, 'POST', `${target}&value=${value}`, 200);
          });
          break;
        }
        case 1:
          await recorder.run(name, key, { type: 'delete' }, async () => {
            return (await ask(agent, 'DELETE', target, 200, 404)).status === 200;
          });
          break;
        default:
          await recorder.run(name, key, { type: 'get' }, async () => {
            const { status, json } = await ask(agent, 'GET', target, 200, 404);
            return status === 200 ? (json as { value: string }).value : undefined;
          });
      }
      if (i >= CROWDED) turnstile.leave();
    }
    agent.destroy();
  }

  await Promise.all(Array.from({ length: CLIENTS }, (_, id) => client(id)));
  const history = recorder.history();
  expect(history).toHaveLength(CLIENTS * (CROWDED + ORDERLY));
  assertLinearizable(history, registerModel());
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

/** Lets so many in at a time, the others in the order in which they came. */
class Turnstile {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async enter(): Promise<void> {
    if (this.free-- > 0) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    this.free++;
    this.waiting.shift()?.();
  }
}
