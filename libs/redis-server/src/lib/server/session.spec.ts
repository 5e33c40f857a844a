import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@distributed-cache/test-kit';
import { createServer, encode, parseReplies, TestClient } from '../testing/test-client.ts';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Long enough for messages that go through publish/subscribe. */
async function delivered(client: TestClient): Promise<string> {
  for (let turn = 0; turn < 100; turn++) {
    const sent = client.read().toString('latin1');
    if (sent !== '') return sent;
    await turnOfTheLoop();
  }
  throw new Error('nothing was delivered');
}

describe('authentication', () => {
  const server = () => createServer({ settings: { password: 'secret' } });

  test('nothing but AUTH, HELLO, RESET and QUIT runs before', () => {
    const client = new TestClient(server());
    expect(client.ask('get', 'a')).toBe('-NOAUTH Authentication required.\r\n');
    expect(client.ask('multi')).toBe('-NOAUTH Authentication required.\r\n');
    expect(client.ask('hello', 3)).toMatch(/^-NOAUTH HELLO must be called/);
    expect(client.ask('auth', 'wrong')).toMatch(/^-WRONGPASS/);
    expect(client.ask('auth', 'other', 'secret')).toMatch(/^-WRONGPASS/);
    expect(client.ask('reset')).toBe('+RESET\r\n');
    expect(client.ask('auth', 'default', 'secret')).toBe('+OK\r\n');
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
    expect(client.ask('reset')).toBe('+RESET\r\n');
    expect(client.ask('get', 'a')).toBe('-NOAUTH Authentication required.\r\n');
  });

  test('who has not authenticated is let in while there is no password, as in Redis', () => {
    const open = createServer();
    const [admin, client] = [new TestClient(open), new TestClient(open)];
    admin.ask('config', 'set', 'requirepass', 'secret');
    client.ask('reset');
    admin.ask('config', 'set', 'requirepass', '');
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
    expect(client.ask('set', 'a', 'x'.repeat(20_000))).toBe('+OK\r\n');
    admin.ask('config', 'set', 'requirepass', 'other');
    expect(client.ask('get', 'a')).toBe('-NOAUTH Authentication required.\r\n');
    expect(admin.ask('get', 'a')).toMatch(/^\$20000/);
  });

  test('HELLO authenticates, names the client and chooses the protocol at once', () => {
    const client = new TestClient(server());
    expect(client.ask('hello', 3, 'auth', 'default', 'wrong', 'setname', 'me')).toMatch(/^-WRONGPASS/);
    expect(client.session.protocol).toBe(2);
    expect(client.ask('hello', 3, 'auth', 'default', 'secret', 'setname', 'me')).toMatch(/^%7\r\n/);
    expect(client.ask('client', 'getname')).toBe('$2\r\nme\r\n');
    expect(client.ask('get', 'none')).toBe('_\r\n');
  });

  test('large commands are refused before', () => {
    const client = new TestClient(server());
    expect(client.ask('set', 'a', 'x'.repeat(20_000))).toBe(
      '-ERR Protocol error: unauthenticated bulk length\r\n',
    );
    expect(client.session.closing).toBe(true);
  });
});

describe('limits', () => {
  test('a value over the limit is refused and the connection goes on', () => {
    const client = new TestClient(createServer({ settings: { maxValueBytes: 100 } }));
    const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n';
    expect(client.ask('set', 'a', 'x'.repeat(101))).toBe(tooLong);
    expect(client.ask('mset', 'a', '1', 'b', 'x'.repeat(101))).toBe(tooLong);
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
    expect(client.ask('set', 'a', 'x'.repeat(100))).toBe('+OK\r\n');
    expect(client.ask('append', 'a', 'x')).toBe(tooLong);
    expect(client.ask('setrange', 'a', '100', 'x')).toBe(tooLong);
    expect(client.ask('strlen', 'a')).toBe(':100\r\n');
  });

  test('a key over 64 KiB is refused', () => {
    const client = new TestClient(createServer());
    expect(client.ask('set', 'k'.repeat(65_537), 'v')).toMatch(/^-ERR key exceeds maximum allowed size/);
    expect(client.ask('set', 'k'.repeat(65_536), 'v')).toBe('+OK\r\n');
  });

  test.each(['mget', 'exists', 'touch', 'del', 'unlink'])(
    'one key over 64 KiB among those of %s refuses all of it',
    (command) => {
      const client = new TestClient(createServer());
      client.ask('set', 'a', 'v');
      expect(client.ask(command, 'a', 'k'.repeat(65_537))).toBe(
        '-ERR key exceeds maximum allowed size (65536 bytes)\r\n',
      );
      expect(client.ask('get', 'a')).toBe('$1\r\nv\r\n');
    },
  );

  test('an entry larger than the budget is refused in the words of Redis', () => {
    const client = new TestClient(createServer({ maxBytes: 2 ** 19 }));
    expect(client.ask('set', 'a', 'x'.repeat(2 ** 20))).toBe(
      "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    );
    expect(client.ask('ping')).toBe('+PONG\r\n');
  });

  test.each([
    ['*1\r\n$536870912\r\n', 'invalid bulk length'],
    ['*-5\r\n*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1048577\r\n', 'invalid multibulk length'],
    ['*1\r\nx\r\n', "expected '$', got 'x'"],
  ])('%j ends the connection', (bytes, problem) => {
    const client = new TestClient(createServer());
    expect(client.write(Buffer.from(bytes)).toString()).toBe(`-ERR Protocol error: ${problem}\r\n`);
    expect(client.session.closing).toBe(true);
  });

  test('no further command runs while many bytes of answers wait', () => {
    const server = createServer();
    const client = new TestClient(server);
    client.ask('set', 'large', 'x'.repeat(2 ** 20));
    const commands = Buffer.concat(Array.from({ length: 5 }, () => encode('get', 'large')));
    expect(client.session.receive(commands, 0, commands.length)).toBe(false);
    expect(server.out.length).toBeLessThan(1.1 * 2 ** 20);
    let answers = 0;
    for (let done = false; !done; done = client.session.run()) {
      answers += parseReplies(server.out.take()).length;
    }
    answers += parseReplies(server.out.take()).length;
    expect(answers).toBe(5);
  });
});

describe('CLIENT REPLY', () => {
  test('off, on and skip', () => {
    const client = new TestClient(createServer());
    expect(client.ask('client', 'reply', 'off')).toBe('');
    expect(client.ask('set', 'a', '1')).toBe('');
    expect(client.ask('unknown')).toBe('');
    expect(client.ask('client', 'reply', 'skip')).toBe('');
    expect(client.ask('client', 'reply', 'on')).toBe('+OK\r\n');
    expect(client.ask('get', 'a')).toBe('$1\r\n1\r\n');
    expect(client.ask('client', 'reply', 'skip')).toBe('');
    expect(client.ask('get', 'a')).toBe('');
    expect(client.ask('get', 'a')).toBe('$1\r\n1\r\n');
  });
});

describe('CLIENT PAUSE', () => {
  const paused = (mode: string) => {
    const clock = new ManualClock();
    const server = createServer({ clock });
    const [client, other] = [new TestClient(server), new TestClient(server)];
    client.ask('client', 'pause', '1000', mode);
    return { clock, server, client: other };
  };

  test('lets all commands wait, in order', () => {
    const { clock, client } = paused('all');
    expect(client.write(Buffer.concat([encode('set', 'a', '1'), encode('get', 'a')])).toString()).toBe('');
    expect(client.ask('incr', 'a')).toBe('');
    clock.advance(999);
    expect(client.read().toString()).toBe('');
    clock.advance(2);
    expect(client.read().toString()).toBe('+OK\r\n$1\r\n1\r\n:2\r\n');
    expect(client.ask('get', 'a')).toBe('$1\r\n2\r\n');
  });

  test('lets only writes wait', () => {
    const { clock, client } = paused('write');
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
    expect(client.ask('set', 'a', '1')).toBe('');
    clock.advance(1001);
    expect(client.read().toString()).toBe('+OK\r\n');
  });

  test('does not make forget which answer is to be skipped, or that all are', () => {
    for (const mode of ['skip', 'off']) {
      const { clock, client } = paused('write');
      expect(client.ask('client', 'reply', mode)).toBe('');
      expect(client.write(Buffer.concat([encode('set', 'a', '1'), encode('get', 'a')])).toString()).toBe('');
      clock.advance(1001);
      expect(client.read().toString()).toBe(mode === 'skip' ? '$1\r\n1\r\n' : '');
      expect(client.ask('client', 'reply', 'on')).toBe('+OK\r\n');
    }
  });

  test('ends with CLIENT UNPAUSE', () => {
    const { clock, server, client } = paused('write');
    expect(client.ask('set', 'a', '1')).toBe('');
    expect(new TestClient(server).ask('client', 'unpause')).toBe('+OK\r\n');
    clock.advance(1);
    expect(client.read().toString()).toBe('+OK\r\n');
  });

  test('a client that comes in while all wait can end the pause', () => {
    const clock = new ManualClock();
    const server = createServer({ clock, settings: { password: 'p' } });
    const [waiting, operator] = [new TestClient(server), new TestClient(server)];
    waiting.ask('auth', 'p');
    waiting.ask('client', 'pause', '1000', 'all');
    expect(waiting.ask('ping')).toBe('');
    expect(operator.ask('hello', '2', 'auth', 'default', 'p')).toMatch(/^\*14/);
    expect(operator.ask('auth', 'p')).toBe('+OK\r\n');
    expect(operator.ask('client', 'setinfo', 'lib-name', 'x')).toBe('+OK\r\n');
    expect(operator.ask('client', 'unpause')).toBe('+OK\r\n');
    expect(operator.ask('ping')).toBe('+PONG\r\n');
    clock.advance(1);
    expect(waiting.read().toString()).toBe('+PONG\r\n');
  });

  test.each(['60001', '2147483647', '9223372036854775807'])('of %s ms is refused', (milliseconds) => {
    const server = createServer();
    expect(new TestClient(server).ask('client', 'pause', milliseconds)).toMatch(
      /^-ERR timeout is over 60000 milliseconds.*ENABLE_DEBUG_COMMAND=true/,
    );
    expect(new TestClient(server).ask('ping')).toBe('+PONG\r\n');
  });

  test('of a minute is not, and of more neither where DEBUG is enabled', () => {
    expect(new TestClient(createServer()).ask('client', 'pause', '60000')).toBe('+OK\r\n');
    const server = createServer({ settings: { enableDebugCommand: true } });
    expect(new TestClient(server).ask('client', 'pause', '60001')).toBe('+OK\r\n');
    server.close();
  });
});

describe('publish and subscribe', () => {
  test.each([
    [
      2,
      '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n',
      '*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n',
    ],
    [
      3,
      '>3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n',
      '>4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n',
    ],
  ])('messages reach channels and patterns, in RESP%i', async (protocol, message, patternMessage) => {
    const server = createServer();
    const [byName, byPattern, publisher] = [
      new TestClient(server),
      new TestClient(server),
      new TestClient(server),
    ];
    byName.ask('hello', protocol);
    byPattern.ask('hello', protocol);
    byName.ask('subscribe', 'news', 'other');
    byPattern.ask('psubscribe', 'n*');
    expect(publisher.ask('publish', 'news', 'hello')).toBe(':2\r\n');
    expect(await delivered(byName)).toBe(message);
    expect(await delivered(byPattern)).toBe(patternMessage);
    byName.ask('unsubscribe');
    expect(publisher.ask('publish', 'news', 'hello')).toBe(':1\r\n');
    byPattern.destroy();
    expect(publisher.ask('publish', 'news', 'hello')).toBe(':0\r\n');
    expect(publisher.ask('pubsub', 'channels')).toBe('*0\r\n');
  });

  test('channels may be any bytes', async () => {
    const server = createServer();
    const [subscriber, publisher] = [new TestClient(server), new TestClient(server)];
    const channel = Buffer.from([0, 0xff, 0x0d, 0x0a]);
    subscriber.ask('subscribe', channel);
    publisher.ask('publish', channel, Buffer.from([0xfe]));
    expect(await delivered(subscriber)).toBe('*3\r\n$7\r\nmessage\r\n$4\r\n\0\xff\r\n\r\n$1\r\n\xfe\r\n');
  });

  test('keyspace events tell what happened to keys', () => {
    const clock = new ManualClock();
    const server = createServer({ clock, settings: { keyspaceEvents: 'AKE' } });
    server.nodes[0]!.start();
    const [subscriber, writer] = [new TestClient(server), new TestClient(server)];
    subscriber.ask('psubscribe', '__key*');
    const events = (): string[] =>
      parseReplies(subscriber.read()).map((reply) => (reply as Buffer[]).slice(2).join(' '));
    writer.ask('set', 'a', '1', 'px', '100');
    expect(events()).toEqual([
      '__keyspace@0__:a set',
      '__keyevent@0__:set a',
      '__keyspace@0__:a expire',
      '__keyevent@0__:expire a',
    ]);
    writer.ask('set', 'a', '2', 'keepttl');
    expect(events()).toEqual(['__keyspace@0__:a set', '__keyevent@0__:set a']);
    clock.advance(101);
    expect(events()).toEqual(['__keyspace@0__:a expired', '__keyevent@0__:expired a']);
    writer.ask('set', 'b', '1');
    writer.ask('del', 'b');
    expect(events().slice(-1)).toEqual(['__keyevent@0__:del b']);
    writer.ask('config', 'set', 'notify-keyspace-events', '');
    writer.ask('set', 'c', '1');
    expect(events()).toEqual([]);
  });
});

describe('what a server tells about itself', () => {
  test('INFO counts commands, errors, hits and clients', () => {
    const server = createServer();
    const client = new TestClient(server);
    client.ask('set', 'a', '1');
    client.ask('get', 'a');
    client.ask('get', 'b');
    client.ask('incrby', 'a', 'x');
    client.ask('get');
    const info = client.ask('info', 'everything');
    expect(info).toContain('cmdstat_get:calls=2,');
    expect(info).toMatch(/cmdstat_get:.*,rejected_calls=1,failed_calls=0\r\n/);
    expect(info).toMatch(/cmdstat_incrby:.*,rejected_calls=0,failed_calls=1\r\n/);
    expect(info).toContain('errorstat_ERR:count=2\r\n');
    expect(info).toContain('keyspace_hits:1\r\nkeyspace_misses:1\r\n');
    expect(info).toContain('connected_clients:1\r\n');
    expect(info).toContain('db0:keys=1,');
    expect(client.ask('info', 'keyspace')).toMatch(/^\$\d+\r\n# Keyspace\r\n/);
    client.ask('config', 'resetstat');
    expect(client.ask('info', 'stats')).toContain('keyspace_hits:0\r\n');
  });

  test('INFO knows how many keys expire, and when on average', () => {
    const clock = new ManualClock();
    const client = new TestClient(createServer({ clock }));
    client.ask('mset', 'a', '1', 'b', '2', 'c', '3');
    expect(client.ask('info', 'keyspace')).toContain('db0:keys=3,expires=0,avg_ttl=0\r\n');
    client.ask('pexpire', 'a', 1000);
    client.ask('pexpire', 'b', 3000);
    clock.advance(500);
    expect(client.ask('info', 'keyspace')).toContain('db0:keys=3,expires=2,avg_ttl=1500\r\n');
    client.ask('persist', 'a');
    expect(client.ask('info', 'keyspace')).toContain('db0:keys=3,expires=1,avg_ttl=2500\r\n');
  });

  test('MEMORY USAGE answers what the entry takes', () => {
    const client = new TestClient(createServer());
    const usage = (): number => Number(client.ask('memory', 'usage', 'a').slice(1));
    client.ask('set', 'a', 'x'.repeat(100));
    // Record 32, index cell 8, and a block for its header of 4, the key and the value.
    expect(usage()).toBe(32 + 8 + 112);
    client.ask('expire', 'a', '100');
    expect(usage()).toBe(32 + 8 + 112 + 16);
    client.ask('append', 'a', 'x'.repeat(100_000));
    expect(usage()).toBeGreaterThan(100_100);
    expect(usage()).toBeLessThan(105_000);
  });

  test('names of clients have an end, so that all can be listed', () => {
    const client = new TestClient(createServer());
    const [longest, tooLong] = ['n'.repeat(1024), 'n'.repeat(1025)];
    expect(client.ask('client', 'setname', longest)).toBe('+OK\r\n');
    expect(client.ask('client', 'setname', tooLong)).toMatch(/^-ERR Client names /);
    expect(client.ask('client', 'setinfo', 'lib-name', tooLong)).toMatch(/^-ERR lib-name /);
    expect(client.ask('hello', 3, 'setname', tooLong)).toMatch(/^-ERR Client names /);
    expect(client.ask('client', 'getname')).toBe(`$1024\r\n${longest}\r\n`);
  });

  test('CLIENT LIST tells of each client once', () => {
    const client = new TestClient(createServer());
    const { id } = client.session;
    expect(client.ask('client', 'list', 'id', id, id, id).match(/\bid=/g)).toHaveLength(1);
  });

  test('CLIENT KILL goes by the last of two filters of a kind', () => {
    const server = createServer();
    const [client, subscriber] = [new TestClient(server), new TestClient(server)];
    subscriber.ask('subscribe', 'a');
    expect(client.ask('client', 'kill', 'type', 'pubsub', 'type', 'master')).toBe(':0\r\n');
    expect(client.ask('client', 'kill', 'type', 'master', 'type', 'pubsub')).toBe(':1\r\n');
    expect(subscriber.destroyed).toBe(true);
  });

  test('SLOWLOG leaves passwords out', () => {
    const client = new TestClient(createServer());
    client.ask('config', 'set', 'slowlog-log-slower-than', '0');
    client.ask('config', 'set', 'timeout', '0', 'REQUIREPASS', 'secret');
    // One of them in 128 is timed.
    for (let i = 0; i < 128; i++) client.ask('auth', 'default', 'secret');
    for (let i = 0; i < 128; i++) client.ask('hello', 2, 'auth', 'default', 'secret', 'setname', 'me');
    const log = client.ask('slowlog', 'get');
    const redacted = '$10\r\n(redacted)\r\n';
    expect(log).toContain(`$11\r\nREQUIREPASS\r\n${redacted}`);
    expect(log).toContain(`*3\r\n$4\r\nauth\r\n${redacted}${redacted}`);
    expect(log).toContain(`$4\r\nauth\r\n${redacted}${redacted}$7\r\nsetname\r\n$2\r\nme\r\n`);
    expect(log).not.toContain('secret');
  });

  test('SLOWLOG keeps what took long', () => {
    const client = new TestClient(createServer());
    client.ask('config', 'set', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '3');
    client.ask('keys', 'a');
    client.ask('keys', 'b'.repeat(200));
    client.ask('del', 'c');
    const log = client.ask('slowlog', 'get');
    expect(client.ask('slowlog', 'len')).toBe(':3\r\n');
    expect(log).not.toContain('config');
    expect(log).toContain(`${'b'.repeat(128)}... (72 more bytes)`);
    expect(client.ask('slowlog', 'reset')).toBe('+OK\r\n');
    client.ask('config', 'set', 'slowlog-log-slower-than', '-1');
    client.ask('slowlog', 'reset');
    expect(client.ask('slowlog', 'get')).toBe('*0\r\n');
  });

  test('CLIENT LIST and KILL find clients', () => {
    const server = createServer();
    const [client, other] = [new TestClient(server), new TestClient(server)];
    other.ask('client', 'setname', 'other');
    expect(client.ask('client', 'list')).toMatch(/id=\d+ .*name=other .*cmd=client\|setname/);
    expect(client.ask('client', 'kill', 'id', other.session.id)).toBe(':1\r\n');
    expect(other.destroyed).toBe(true);
    expect(client.ask('client', 'list')).not.toContain('name=other');
  });

  test('CLUSTER answers for a node that owns everything', () => {
    const client = new TestClient(createServer());
    expect(client.ask('cluster', 'keyslot', '{user}.name')).toBe(':5474\r\n');
    expect(client.ask('cluster', 'info')).toContain('cluster_state:ok\r\n');
    expect(client.ask('cluster', 'myid')).toMatch(/^\$40\r\n[0-9a-f]{40}\r\n$/);
  });
});

describe('time', () => {
  test('entries live as long as they should when the time of day is set back', () => {
    const clock = new ManualClock();
    let unix = 2_000_000_000_000;
    const client = new TestClient(createServer({ clock, unixNow: () => unix }));
    client.ask('set', 'a', '1', 'px', '10000');
    clock.advance(4000);
    unix -= 3_600_000;
    expect(client.ask('pttl', 'a')).toBe(':6000\r\n');
    expect(client.ask('pexpiretime', 'a')).toBe(`:${unix + 6000}\r\n`);
    client.ask('pexpireat', 'a', unix + 1000);
    expect(client.ask('pttl', 'a')).toBe(':1000\r\n');
    clock.advance(1000);
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
  });
});

describe('SCAN', () => {
  test('returns every key that is there throughout, whatever is written meanwhile', () => {
    const client = new TestClient(createServer());
    const stable = Array.from({ length: 500 }, (_, i) => `stable:${i}`);
    for (const key of stable) client.ask('set', key, 'v');
    const found = new Set<string>();
    let cursor = '0';
    let calls = 0;
    do {
      const [reply] = parseReplies(client.write(encode('scan', cursor, 'count', '7')));
      const [next, keys] = reply as [Buffer, Buffer[]];
      cursor = next.toString();
      for (const key of keys) found.add(key.toString());
      for (let i = 0; i < 20; i++) client.ask('set', `new:${calls}:${i}`, 'v');
      for (let i = 0; i < 20; i++) client.ask('del', `new:${calls - 1}:${i}`);
      calls++;
    } while (cursor !== '0' && calls < 5000);
    expect(cursor).toBe('0');
    expect(stable.filter((key) => !found.has(key))).toEqual([]);
  });
});

test('CLIENT NO-TOUCH leaves the order of use as it is', () => {
  const server = createServer();
  const client = new TestClient(server);
  const { store } = server.nodes[0]!;
  const touched: number[] = [];
  const touch = store.touch.bind(store);
  store.touch = (entry) => {
    touched.push(entry);
    touch(entry);
  };
  client.ask('set', 'a', '1');
  client.ask('client', 'no-touch', 'on');
  expect(client.ask('get', 'a')).toBe('$1\r\n1\r\n');
  expect(touched).toEqual([]);
  client.ask('client', 'no-touch', 'off');
  client.ask('get', 'a');
  expect(touched).toHaveLength(1);
});
