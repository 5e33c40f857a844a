import { expect, test } from '@jest/globals';
import { createServer, TestClient } from '../testing/test-client.ts';

/** Microseconds of Unix time. */
function time(client: TestClient): number {
  const [, seconds, microseconds] = /^\*2\r\n\$\d+\r\n(\d+)\r\n\$\d+\r\n(\d+)\r\n$/.exec(client.ask('time'))!;
  return Number(seconds) * 1_000_000 + Number(microseconds);
}

test('TIME never goes back, and stays with the time of day', () => {
  const client = new TestClient(createServer());
  const start = Date.now();
  let last = 0;
  let now = start;
  for (; now < start + 20; now = Date.now()) {
    const answer = time(client);
    expect(answer).toBeGreaterThanOrEqual(last);
    expect(answer).toBeGreaterThan((now - 3) * 1000);
    last = answer;
  }
  expect(last).toBeLessThan((Date.now() + 3) * 1000);
});
