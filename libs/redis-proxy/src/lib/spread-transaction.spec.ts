import { slotOf } from '@distributed-cache/consistent-hash';
import type { ServerState } from '@distributed-cache/redis-server';
import { encode, parseReplies, TestClient } from '@distributed-cache/redis-server/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisTestCache } from './testing/redis-test-cache.ts';

const CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const TIMEOUT = 1000;

describe.each([
  ['at once', 0],
  ['later', 1],
])('a transaction about many slots of data nodes that answer %s', (_, latency) => {
  let cache: RedisTestCache;
  let server: ServerState;
  let client: TestClient;

  beforeEach(async () => {
    cache = new RedisTestCache({ operationTimeout: TIMEOUT, statusInterval: 100_000 });
    await cache.join('a', 'b', 'c');
    server = cache.server();
    client = new TestClient(server);
    for (const node of cache.nodes.values()) node.delay(latency);
  });

  afterEach(() => cache.close());

  /** The answer, however late. */
  const answer = (...args: string[]): Promise<string> => cache.outcome(client.answer(...args));
  const ask = (command: string): Promise<string> => answer(...command.split(' '));

  /** What EXEC answers. */
  async function transact(...commands: string[]): Promise<string> {
    await ask('multi');
    for (const command of commands) expect([command, await ask(command)]).toEqual([command, '+QUEUED\r\n']);
    return ask('exec');
  }

  /** One key of each data node. */
  function keys(): [a: string, b: string, c: string] {
    const names = Array.from({ length: 100 }, (_, index) => `key:${index}`);
    return ['a', 'b', 'c'].map((id) => names.find((name) => cache.manager.nodeOf(name) === id)!) as [
      string,
      string,
      string,
    ];
  }

  test('answers in the order of its commands', async () => {
    expect(await transact('set a 1', 'set b 2', 'incr a', 'get b', 'get none', 'strlen a')).toBe(
      '*6\r\n+OK\r\n+OK\r\n:2\r\n$1\r\n2\r\n$-1\r\n:1\r\n',
    );
    expect(await ask('mget a b')).toBe('*2\r\n$1\r\n2\r\n$1\r\n2\r\n');
  });

  test('answers in the version of the protocol that the client speaks', async () => {
    await ask('hello 3');
    expect(await transact('get a', 'mget a b {b}2', 'incrbyfloat c 1.5')).toBe(
      '*3\r\n_\r\n*3\r\n_\r\n_\r\n_\r\n$3\r\n1.5\r\n',
    );
  });

  test('gathers commands that have keys of many slots themselves', async () => {
    const answers = [
      '+OK\r\n',
      '*4\r\n$1\r\n3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n',
      ':2\r\n',
      ':3\r\n',
      ':2\r\n',
      ':1\r\n',
      '*2\r\n$-1\r\n$-1\r\n',
    ];
    expect(
      await transact(
        'mset a 1 b 2 c 3',
        'mget c a none b',
        'exists a none c',
        'touch a b c',
        'del a b',
        'unlink a b d c e {c}',
        'mget a {c}',
      ),
    ).toBe(`*7\r\n${answers.join('')}`);
  });

  test('does what the commands of a key say in their order, among those of others', async () => {
    const commands = Array.from({ length: 200 }, (_, index) => `append key:${index % 20} ${index},`);
    await transact(...commands);
    for (let key = 0; key < 20; key++) {
      const expected = Array.from({ length: 10 }, (_, round) => `${key + 20 * round},`).join('');
      expect(await ask(`get key:${key}`)).toBe(`$${expected.length}\r\n${expected}\r\n`);
    }
  });

  test('keeps commands without keys in their places', async () => {
    expect(await transact('ping', 'set a 1', 'echo two', 'get b', 'ping three', 'client getname')).toBe(
      '*6\r\n+PONG\r\n+OK\r\n$3\r\ntwo\r\n$-1\r\n$5\r\nthree\r\n$-1\r\n',
    );
  });

  test('tells nobody of a PUBLISH before its writes are done', async () => {
    const listener = new TestClient(server);
    listener.ask('subscribe', 'news');
    const message = listener.next();
    const exec = transact('publish news written', 'set a 1', 'set b 1');
    expect(await cache.outcome(message)).toContain('written');
    for (const node of cache.nodes.values()) node.delay(0);
    expect(new TestClient(server).ask('mget', 'a', 'b')).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n');
    expect(await exec).toBe('*3\r\n:1\r\n+OK\r\n+OK\r\n');
  });

  test('answers errors of commands in their places, and does the others', async () => {
    await ask('set text x');
    expect(
      await transact(
        'incr text',
        'mset a 1 b',
        'set a 1',
        'set b 1 ex 0',
        'get b',
        'set c 1 ex 0',
        'mset d 1 d',
      ),
    ).toBe(
      '*7\r\n-ERR value is not an integer or out of range\r\n' +
        "-ERR wrong number of arguments for 'mset' command\r\n" +
        "+OK\r\n-ERR invalid expire time in 'set' command\r\n$-1\r\n" +
        "-ERR invalid expire time in 'set' command\r\n-ERR wrong number of arguments for 'mset' command\r\n",
    );
  });

  test('does nothing of a command with a key that is too long', async () => {
    const long = 'x'.repeat(65_537);
    expect(await transact(`mset a 1 ${long} 2`, 'set b 1')).toMatch(
      /^\*2\r\n-ERR key exceeds maximum allowed size[^\r]*\r\n\+OK\r\n$/,
    );
    expect(await ask('exists a')).toBe(':0\r\n');
  });

  test.each(['msetnx a 1 b 2', 'rename a b', 'copy a b'])('needs one slot for %s', async (command) => {
    await ask('multi');
    expect(await ask(command)).toBe(CROSS_SLOT);
    expect(await ask('exec')).toMatch(/^-EXECABORT /);
  });

  test('is ordered with what the client sends before and after', async () => {
    const commands = ['set a 1', 'multi', 'incr a', 'incr b', 'exec', 'incr a', 'incr b', 'mget a b'];
    let bytes = client.write(Buffer.concat(commands.map((command) => encode(...command.split(' ')))));
    while (parseReplies(bytes).length < commands.length) {
      bytes = Buffer.concat([bytes, Buffer.from(await cache.outcome(client.next()))]);
    }
    const ends = '*2\r\n:2\r\n:1\r\n:3\r\n:2\r\n*2\r\n$1\r\n3\r\n$1\r\n2\r\n';
    expect(bytes.toString().slice(-ends.length)).toBe(ends);
  });

  test('closes the client that ends itself in the middle, after the answer', async () => {
    expect(await transact('set a 1', `client kill id ${client.session.id} skipme no`, 'set b 1')).toBe(
      '*3\r\n+OK\r\n:1\r\n+OK\r\n',
    );
    expect(client.session.closing).toBe(true);
  });

  test('is refused as a whole when a command of it was', async () => {
    await ask('multi');
    await ask('set a 1');
    expect(await ask('unknown')).toMatch(/^-ERR unknown command/);
    await ask('set b 1');
    expect(await ask('exec')).toMatch(/^-EXECABORT /);
    expect(await ask('exists a b')).toBe(':0\r\n');
  });

  test('is carried out to the end when its answer is too large', async () => {
    await ask(`set a ${'x'.repeat(40_000)}`);
    server = cache.server({ outputLimit: 65_536 });
    client = new TestClient(server);
    await ask('multi');
    for (const command of ['incr n', 'get a', 'mget a b', 'set last 1', 'incr n']) await ask(command);
    const exec = async (): Promise<string> => cache.outcome(client.answer('exec'), 100);
    await expect(exec()).rejects.toThrow();
    client = new TestClient(server);
    expect(await ask('mget n last')).toBe('*2\r\n$1\r\n2\r\n$1\r\n1\r\n');
  });

  test('counts its commands', async () => {
    await transact('set a 1', 'set b 2', 'get b', 'mget a b');
    const calls = async (name: string): Promise<string | undefined> => {
      const info = await ask('info commandstats');
      return new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1];
    };
    expect(await calls('set')).toBe('2');
    expect(await calls('get')).toBe('1');
  });

  test('with STRICT_TRANSACTIONS needs one slot', async () => {
    const strict = new RedisTestCache({ statusInterval: 100_000 });
    await strict.join('a', 'b');
    client = new TestClient(strict.server({}, true));
    for (const [command, expected] of [
      ['multi', '+OK\r\n'],
      ['set a 1', '+QUEUED\r\n'],
      ['object encoding b', '+QUEUED\r\n'],
      ['exec', CROSS_SLOT],
      ['multi', '+OK\r\n'],
      ['del a b', CROSS_SLOT],
      ['exec', '-EXECABORT Transaction discarded because of previous errors.\r\n'],
      ['exists a', ':0\r\n'],
    ] as const) {
      expect([command, client.ask(...command.split(' '))]).toEqual([command, expected]);
    }
    await strict.close();
  });

  describe('of which one fails,', () => {
    /** The places of keys of `a` and `c` are answered; those of `b` say why not. */
    async function expectErrors(error: string): Promise<void> {
      const [a, b, c] = keys();
      const text = await transact(
        `set ${a} 1`,
        `set ${b} 1`,
        `get ${b}`,
        `mget ${a} ${b}`,
        'ping',
        `incr ${c}`,
      );
      expect(text).toBe(`*6\r\n+OK\r\n${error}${error}${error}+PONG\r\n:1\r\n`);
      for (const node of cache.nodes.values()) node.delay(0);
      expect(await ask(`get ${a}`)).toBe('$1\r\n1\r\n');
      expect(await ask(`get ${c}`)).toBe('$1\r\n1\r\n');
    }
    const failing = () => cache.nodes.get('b')!;

    test('says so when it cannot be asked', async () => {
      failing().kill();
      await expectErrors('-CLUSTERDOWN Data node b is unavailable.\r\n');
    });

    test('says so when it does not serve the slot', async () => {
      const key = Buffer.from(keys()[1]);
      failing().node.releaseSlots([slotOf(key, 0, key.length)]);
      await expectErrors('-CLUSTERDOWN Data node b is unavailable.\r\n');
    });

    test('says so when its answer is lost', async () => {
      failing().fail(1);
      await expectErrors('-CLUSTERDOWN Data node b is unavailable; whether it did the write is unknown.\r\n');
    });

    test('says so when it does not answer in time', async () => {
      failing().stall();
      const began = cache.clock.now();
      await expectErrors(
        `-TIMEOUT No answer to exec from data node b within ${TIMEOUT} ms; the write may still be done.\r\n`,
      );
      expect(cache.clock.now() - began).toBeLessThan(TIMEOUT + 50);
      failing().resume();
    });

    test('counts the errors', async () => {
      failing().kill();
      const [a, b] = keys();
      await transact(`set ${a} 1`, `set ${b} 1`, `get ${b}`);
      expect(await ask('info errorstats')).toContain('errorstat_CLUSTERDOWN:count=2');
    });
  });

  test('goes on without a client that has left', async () => {
    await ask('multi');
    for (const command of ['set a 1', 'subscribe news', 'publish news x', 'set b 1']) await ask(command);
    client.ask('exec');
    client.destroy();
    await cache.clock.advanceAsync(10);
    await cache.turns();
    client = new TestClient(server);
    expect(await ask('mget a b')).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n');
    expect(parseReplies(Buffer.from(await ask('pubsub channels')))).toEqual([[]]);
  });
});
