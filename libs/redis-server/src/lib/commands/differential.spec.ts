import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RedisProcess } from '../testing/redis-process.ts';
import { REDIS_PIPELINES } from '../testing/redis-pipelines.ts';
import { REDIS_SCRIPTS, repliesTo } from '../testing/redis-scripts.ts';
import { createServer, encode, SocketClient, TestClient } from '../testing/test-client.ts';

/** How long a command takes is no part of its answer, here and there: SLOWLOG stays empty on a busy machine too. */
const createQuickServer = () => createServer({ settings: { slowlogThreshold: -1 } });

describe.each([2, 3])('answers are those of redis-server 7.0, in RESP%i', (protocol) => {
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.start('--slowlog-log-slower-than', '-1');
  });

  afterAll(() => redis.stop());

  test.each(REDIS_SCRIPTS)('%s', async (_, commands) => {
    const theirs = await SocketClient.connect(redis.port);
    const ours = new TestClient(createQuickServer());
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

  test.each(REDIS_PIPELINES)('%s, at once', async (_, commands) => {
    const theirs = await SocketClient.connect(redis.port);
    const ours = new TestClient(createQuickServer());
    try {
      const bytes = Buffer.concat([
        encode('hello', protocol),
        ...commands.map((args) => encode(...args)),
        encode('echo', 'the end'),
      ]);
      // The answer to HELLO has the client's id.
      const answersIn = (answers: string): string => answers.slice(answers.indexOf('modules'));
      const expected = await theirs.writeUntil(bytes, 'the end\r\n');
      expect(answersIn(ours.write(bytes).toString('latin1'))).toBe(answersIn(expected.toString('latin1')));
    } finally {
      theirs.close();
    }
  });
});
