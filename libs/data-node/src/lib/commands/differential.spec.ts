import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RedisProcess } from '../testing/redis-process.ts';
import { REDIS_SCRIPTS, repliesTo } from '../testing/redis-scripts.ts';
import { createServer, encode, SocketClient, TestClient } from '../testing/test-client.ts';

describe.each([2, 3])('answers are those of redis-server 7.0, in RESP%i', (protocol) => {
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.start();
  });

  afterAll(() => redis.stop());

  test.each(REDIS_SCRIPTS)('%s', async (_, commands) => {
    const theirs = await SocketClient.connect(redis.port);
    const ours = new TestClient(createServer());
    try {
      await theirs.write(encode('flushall'));
      if (protocol === 3) {
        await theirs.write(encode('hello', 3));
        ours.ask('hello', 3);
      }
      const [expected, answers]: [string[][], string[][]] = [[], []];
      for (const args of commands) {
        const answer = await theirs.write(encode(...args), repliesTo(args));
        expected.push([args.join(' '), answer.toString('latin1')]);
        answers.push([args.join(' '), ours.ask(...args)]);
      }
      expect(answers).toEqual(expected);
    } finally {
      theirs.close();
    }
  });
});
