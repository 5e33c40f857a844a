import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { BufferBudget } from '../http/buffer-budget.ts';
import { ClientGoneError, readBody } from './body.ts';

const LIMIT = 10_000;

interface Upload {
  readonly request: IncomingMessage;
  readonly body: Promise<Buffer>;
  readonly budget: BufferBudget;
}

/** A request whose body a test sends chunk by chunk. */
function upload(budget = new BufferBudget(1_000_000)): Upload {
  const request = new IncomingMessage(new Socket());
  const body = readBody(request, new ServerResponse(request), LIMIT, budget);
  // Awaited later.
  body.catch(() => undefined);
  return { request, body, budget };
}

function end({ request }: Upload): void {
  request.complete = true;
  request.push(null);
}

describe('readBody', () => {
  test.each([1, 2, 7, 100, 999, 4_999, 10_000])('puts chunks of %d bytes together', async (size) => {
    const sent = Buffer.from(Array.from({ length: LIMIT }, (_, i) => i % 251));
    const one = upload();
    for (let i = 0; i < LIMIT; i += size) one.request.push(sent.subarray(i, i + size));
    end(one);
    expect((await one.body).equals(sent)).toBe(true);
    expect(one.budget.used).toBe(0);
  });

  test('of nothing is empty', async () => {
    const one = upload();
    end(one);
    expect(await one.body).toHaveLength(0);
  });

  test('is refused at the first byte over the limit', async () => {
    const one = upload();
    one.request.push(Buffer.alloc(LIMIT));
    one.request.push(Buffer.alloc(1));
    await expect(one.body).rejects.toThrow(`over the limit of ${LIMIT} bytes`);
    expect(one.budget.used).toBe(0);
  });

  test('counts what it keeps until all is there: at most twice what was sent', async () => {
    const one = upload();
    let sent = 0;
    for (const size of [100, 1, 1, 500, 3_000]) {
      one.request.push(Buffer.alloc(size));
      one.request.read(0);
      await setImmediate();
      sent += size;
      expect(one.budget.used).toBeGreaterThanOrEqual(sent);
      expect(one.budget.used).toBeLessThanOrEqual(2 * sent);
    }
    end(one);
    expect(await one.body).toHaveLength(sent);
    expect(one.budget.used).toBe(0);
  });

  test('makes room for others with 503', async () => {
    const budget = new BufferBudget(5_000);
    const first = upload(budget);
    first.request.push(Buffer.alloc(3_000));
    await setImmediate();
    const second = upload(budget);
    second.request.push(Buffer.alloc(3_000));
    await expect(first.body).rejects.toMatchObject({ status: 503 });
    end(second);
    expect(await second.body).toHaveLength(3_000);
  });

  test('of a client that leaves is kept no longer', async () => {
    const one = upload();
    one.request.push(Buffer.alloc(3_000));
    await setImmediate();
    expect(one.budget.used).toBe(3_000);
    one.request.destroy();
    await expect(one.body).rejects.toThrow(ClientGoneError);
    expect(one.budget.used).toBe(0);
  });
});
