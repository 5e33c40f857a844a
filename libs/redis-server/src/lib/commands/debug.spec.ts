import { expect, test } from '@jest/globals';
import { RedisProcess } from '../testing/redis-process.ts';
import { repliesTo } from '../testing/redis-scripts.ts';
import { createServer, encode, SocketClient, TestClient } from '../testing/test-client.ts';

test('DEBUG answers as redis-server 7.0 does where it is allowed', async () => {
  const redis = await RedisProcess.start('--enable-debug-command', 'yes');
  const theirs = await SocketClient.connect(redis.port);
  const ours = new TestClient(createServer({ settings: { enableDebugCommand: true } }));
  try {
    for (const args of [
      ['debug'],
      ['debug', 'sleep'],
      ['debug', 'SLEEP', '0'],
      ['debug', 'sleep', '0', '1'],
      ['debug', 'sleep', 'x'],
      ['debug', 'sleep', ''],
      ['debug', 'sleep', '-1'],
      ['debug', 'sleep', 'nan'],
      ['debug', 'sleep', '0.001x'],
      ['debug', 'wrong'],
      ['debug', 'un\r\nkn\0own', '1'],
      ['command', 'getkeys', 'debug', 'sleep', '0'],
      ['command', 'info', 'debug|sleep'],
      ['subscribe', 'a'],
      ['debug', 'sleep', '0'],
      ['debug', 'wrong'],
      ['debug'],
    ]) {
      const answer = await theirs.write(encode(...args), repliesTo(args));
      expect([args, ours.ask(...args)]).toEqual([args, answer.toString('latin1')]);
    }
  } finally {
    theirs.close();
    await redis.stop();
  }
});
