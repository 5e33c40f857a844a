import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ServerProcess } from './server-process.ts';

const MEBIBYTE = 2 ** 20;

describe('under load and abuse', () => {
  let server: ServerProcess;
  let client: Redis;

  beforeAll(async () => {
    server = await ServerProcess.start('data-node-server', { MAX_MEMORY: '64mb' });
    client = new Redis({ port: server.port });
  });

  beforeEach(() => client.flushall());

  afterAll(async () => {
    await client.quit();
    expect(await server.stop()).toBe(0);
  });

  const residentBytes = async (): Promise<number> =>
    Number(/used_memory_rss:(\d+)/.exec(await client.info('memory'))?.[1]);

  const keysByScan = async (match: string): Promise<Set<string>> => {
    const found = new Set<string>();
    for await (const keys of client.scanStream({ match, count: 50 })) {
      for (const key of keys as string[]) found.add(key);
    }
    return found;
  };

  /** Clients that write without a pause, each its own keys in order, until they are stopped. */
  const startWriters = (count: number, commands: (writer: number, i: number) => (string | number)[][]) => {
    let running = true;
    const writers = Array.from({ length: count }, async (_, writer) => {
      const connection = new Redis({ port: server.port });
      let i = 0;
      while (running) {
        const pipeline = connection.pipeline();
        for (let n = 0; n < 100; n++, i++) {
          for (const [name, ...args] of commands(writer, i)) pipeline.call(name as string, ...args);
        }
        for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
      }
      await connection.quit();
      return i;
    });
    return async (): Promise<number[]> => {
      running = false;
      return Promise.all(writers);
    };
  };

  test('SCAN returns every key that is there throughout, while others come and go', async () => {
    const stable = Array.from({ length: 5000 }, (_, i) => `stable:${i}`);
    await client.mset(...stable.flatMap((key) => [key, 'v']));
    const stop = startWriters(2, (writer, i) => [
      ['set', `churn:${writer}:${i}`, 'x'.repeat(i % 300)],
      ['del', `churn:${writer}:${i - 500}`],
    ]);
    for (let round = 0; round < 3; round++) {
      const found = await keysByScan('stable:*');
      expect(stable.filter((key) => !found.has(key))).toEqual([]);
    }
    for (const written of await stop()) expect(written).toBeGreaterThan(1000);
  });

  test('FLUSHALL removes everything that was written before it and nothing after it, under load', async () => {
    await client.mset(...Array.from({ length: 5000 }, (_, i) => [`before:${i}`, 'v']).flat());
    const stop = startWriters(2, (writer, i) => [['set', `writer:${writer}:${i}`, i]]);
    for (let round = 0; round < 20; round++) {
      expect(await client.flushall()).toBe('OK');
      await client.set('marker', round);
      expect(await client.get('marker')).toBe(String(round));
    }
    const written = await stop();
    const found = await keysByScan('*');
    expect(found.delete('marker')).toBe(true);
    // What is left of each writer is what it wrote after the last FLUSHALL: its last keys, without a gap.
    const expected = written.flatMap((count, writer) => {
      const left = [...found].filter((key) => key.startsWith(`writer:${writer}:`)).length;
      return Array.from({ length: left }, (_, i) => `writer:${writer}:${count - left + i}`);
    });
    expect([...found].sort()).toEqual(expected.sort());
    expect(await client.dbsize()).toBe(found.size + 1);
  });

  test('a client that asks for 1 GiB and does not read costs little memory, and gets all of it in the end', async () => {
    const answers = 1024;
    const answer = `$${MEBIBYTE}\r\n${'x'.repeat(MEBIBYTE)}\r\n`;
    await client.set('large', 'x'.repeat(MEBIBYTE));
    for (let i = 0; i < 20; i++) await client.getBuffer('large');
    const before = await residentBytes();

    const slow = connect(server.port, '127.0.0.1');
    slow.write('*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n'.repeat(answers));
    await once(slow, 'readable');
    // The answers are on their way, and stop when the sockets are full. Others are served meanwhile.
    let most = 0;
    for (let i = 0; i < 200; i++) most = Math.max(most, await residentBytes());
    expect(most - before).toBeLessThan(32 * MEBIBYTE);

    let received = 0;
    slow.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received === answers * answer.length) slow.destroy();
    });
    await once(slow, 'close');
    expect(received).toBe(answers * answer.length);
    expect((await residentBytes()) - before).toBeLessThan(64 * MEBIBYTE);
  });

  test('a value larger than the budget is refused, and costs nobody anything', async () => {
    const small = await ServerProcess.start('data-node-server', { MAX_MEMORY: '1mb' });
    const other = new Redis({ port: small.port });
    await other.mset('kept', 'value', 'target', 'old');
    const refused = /^OOM command not allowed when used memory > 'maxmemory'\.$/;
    const large = 'x'.repeat(2 * MEBIBYTE);
    await expect(other.set('target', large)).rejects.toThrow(refused);
    await expect(other.append('target', large)).rejects.toThrow(refused);
    await expect(other.setrange('target', 2 * MEBIBYTE, 'x')).rejects.toThrow(refused);
    expect(await other.mget('kept', 'target')).toEqual(['value', 'old']);
    await other.quit();
    expect(await small.stop()).toBe(0);
  });
});
