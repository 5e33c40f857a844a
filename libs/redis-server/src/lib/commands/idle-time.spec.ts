import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@distributed-cache/test-kit';
import { RedisProcess } from '../testing/redis-process.ts';
import { createServer, encode, parseReplies, SocketClient, TestClient } from '../testing/test-client.ts';

const IDLE = 1000;

let clock: ManualClock;
let client: TestClient;

beforeEach(() => {
  clock = new ManualClock(5000);
  client = new TestClient(createServer({ clock }));
});

describe('OBJECT IDLETIME', () => {
  test('answers whole seconds since the last use', () => {
    client.ask('set', 'a', '1');
    expect(client.ask('object', 'idletime', 'a')).toBe(':0\r\n');
    clock.advance(1999);
    expect(client.ask('object', 'idletime', 'a')).toBe(':1\r\n');
    clock.advance(1);
    expect(client.ask('object', 'idletime', 'a')).toBe(':2\r\n');
    client.ask('get', 'a');
    expect(client.ask('object', 'idletime', 'a')).toBe(':0\r\n');
  });

  test("is Redis's error under a policy that counts uses", () => {
    client = new TestClient(createServer({ clock, settings: { evictionPolicy: 'adaptive' } }));
    client.ask('set', 'a', '1');
    expect(client.ask('object', 'idletime', 'a')).toMatch(/^-ERR An LFU maxmemory policy is selected, idle /);
    expect(client.ask('object', 'idletime', 'none')).toBe('$-1\r\n');
    expect(client.ask('object', 'freq', 'a')).toMatch(/^:/);
  });
});

describe('what redis-server 7.0 takes for a use', () => {
  let redis: RedisProcess;
  let theirs: SocketClient;

  beforeAll(async () => {
    redis = await RedisProcess.start();
    theirs = await SocketClient.connect(redis.port);
  });

  afterAll(async () => {
    theirs.close();
    await redis.stop();
  });

  /** An entry of redis-server that looks as if it had not been used for long. */
  async function restoreIdle(): Promise<void> {
    await theirs.write(encode('set', 'a', '1'));
    const dump = await theirs.write(encode('dump', 'a'));
    const payload = dump.subarray(dump.indexOf('\n') + 1, -2);
    await theirs.write(encode('restore', 'a', 0, payload, 'replace', 'idletime', IDLE));
  }

  // Writes that find their key and leave it as it is (SET NX, SETNX, MSETNX, PERSIST), and COPY of it, are uses in Redis only.
  test.each([
    ...['object encoding a', 'object refcount a', 'object idletime a', 'memory usage a'],
    ...['get a', 'mget b a', 'strlen a', 'getrange a 0 1', 'getex a', 'getex a ex 100'],
    ...['exists a', 'type a', 'touch a', 'ttl a', 'pttl a', 'expiretime a', 'keys *', 'scan 0'],
    ...['set a 2', 'set a 2 xx', 'getset a 2', 'mset a 2'],
    ...['append a 2', 'setrange a 0 2', 'incr a', 'incrby a 5', 'incrbyfloat a 0.5'],
    ...['expire a 100', 'pexpireat a 9999999999999', 'watch a'],
  ])('%s', async (line) => {
    await restoreIdle();
    client.ask('set', 'a', '1');
    clock.advance(IDLE * 1000);
    const command = encode(...line.split(' '));
    await theirs.write(command);
    client.write(command);
    const idle = encode('object', 'idletime', 'a');
    const [expected, answer] = [await theirs.write(idle), client.write(idle)].map((reply) =>
      Number(parseReplies(reply)[0]),
    );
    expect(answer).toBe(expected! < IDLE / 2 ? 0 : IDLE);
  });
});
