import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { InMemoryPubSub, type PubSub } from '@distributed-cache/pubsub';
import { Push, ReplyParser } from '@distributed-cache/resp';
import { ManualClock } from '@distributed-cache/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisProcess } from '../testing/redis-process.ts';
import { createServer, encode, TestClient } from '../testing/test-client.ts';
import type { ServerState } from './server-state.ts';

const FORGET_ALL = '>2\r\n$10\r\ninvalidate\r\n_\r\n';

function forget(...keys: string[]): string {
  const list = keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('');
  return `>2\r\n$10\r\ninvalidate\r\n*${keys.length}\r\n${list}`;
}

/** Hears of changes as other clients do: when it was told of one, they were told of all before. */
class Witness {
  readonly client: TestClient;
  readonly #writer: TestClient;
  #writes = 0;

  constructor(server: ServerState) {
    this.#writer = new TestClient(server);
    this.client = new TestClient(server);
    this.client.ask('hello', 3);
    this.client.ask('client', 'tracking', 'on', 'bcast', 'prefix', 'witness:');
  }

  /** Resolves when all that was changed so far has been told. */
  async told(): Promise<void> {
    const first = this.#writes + 1;
    for (let latest = 0; latest < first;) {
      // Again, should the first one be lost in a message to forget all.
      this.#writer.ask('set', `witness:${++this.#writes}`, '1');
      latest = Number(/.*witness:(\d+)/s.exec(await this.client.next())?.[1] ?? 0);
    }
  }
}

/** Milliseconds of the processor, which are the same while other processes want it as well. */
async function timeOf(action: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('client-side caching', () => {
  let pubsub: PubSub;
  let server: ServerState;
  let reader: TestClient;
  let writer: TestClient;
  let witness: Witness;

  const tracked = (...options: string[]): TestClient => {
    const client = new TestClient(server);
    client.ask('hello', 3);
    expect(client.ask('client', 'tracking', 'on', ...options)).toBe('+OK\r\n');
    return client;
  };

  beforeEach(() => {
    pubsub = new InMemoryPubSub();
    server = createServer({ pubsub });
    writer = new TestClient(server);
    reader = tracked();
    witness = new Witness(server);
  });

  /** What a client was told of all that was changed so far. */
  async function told(client = reader): Promise<string> {
    await witness.told();
    return client.read().toString('latin1');
  }

  test('forgets the oldest reads in a time that does not grow with those before', async () => {
    const gets = Array.from({ length: 150_000 }, (_, i) => encode('get', `key:${i}`));
    const bytes = Buffer.concat(gets);
    expect(await timeOf(() => reader.write(bytes))).toBeLessThan(5000);
  });

  test('ten thousands of prefixes cost neither CLIENT TRACKING nor writes much', async () => {
    const client = new TestClient(server);
    client.ask('hello', 3);
    const prefixes = Array.from({ length: 30_000 }, (_, i) => `p${i}:`);
    let tracking = 0;
    for (let i = 0; i < prefixes.length; i += 10_000) {
      const options = prefixes.slice(i, i + 10_000).flatMap((prefix) => ['prefix', prefix]);
      tracking += await timeOf(() => client.ask('client', 'tracking', 'on', 'bcast', ...options));
    }
    expect(client.session.tracking?.options.prefixes).toHaveLength(30_000);
    const sets = Buffer.concat(Array.from({ length: 5_000 }, (_, i) => encode('set', `p${i}:a`, '')));
    writer.write(sets);
    const telling = await timeOf(() => witness.told());
    expect(tracking + telling).toBeLessThan(4000);
    expect(client.read().toString('latin1')).toContain('p4999:a');
  });

  test('a prefix is heard of with the others around it, and what overlaps is named', () => {
    const client = new TestClient(server);
    client.ask('hello', 3);
    expect(
      client.ask(
        'client',
        'tracking',
        'on',
        'bcast',
        'prefix',
        'b',
        'prefix',
        'ac',
        'prefix',
        'ab',
        'prefix',
        'a',
      ),
    ).toMatch(/^-ERR Prefix 'ac' overlaps with another provided prefix 'a'\./);
    expect(
      client.ask('client', 'tracking', 'on', 'bcast', 'prefix', 'ab', 'prefix', 'b', 'prefix', 'ad'),
    ).toBe('+OK\r\n');
    expect(client.ask('client', 'tracking', 'on', 'bcast', 'prefix', 'c', 'prefix', 'adx')).toMatch(
      /^-ERR Prefix 'adx' overlaps with an existing prefix 'ad'\./,
    );
    const heard = ['', 'a', 'ab', 'abz', 'ac', 'ad', 'adz', 'ae', 'b', 'bz', 'c'].filter((key) =>
      client.session.tracking!.hears(key),
    );
    expect(heard).toEqual(['ab', 'abz', 'ad', 'adz', 'b', 'bz']);
  });

  test('tells of a key that was read and changed, once', async () => {
    expect(reader.ask('get', 'a')).toBe('_\r\n');
    writer.ask('set', 'a', '1');
    writer.ask('set', 'a', '2');
    expect(await told()).toBe(forget('a'));
    writer.ask('set', 'a', '3');
    expect(await told()).toBe('');
    reader.ask('get', 'a');
    writer.ask('set', 'a', '4');
    expect(await told()).toBe(forget('a'));
  });

  test('tells of all keys of a command, and of those that changed together in one message', async () => {
    reader.ask('mget', 'a', 'b', 'c');
    writer.ask('mset', 'a', '1', 'c', '2', 'd', '3');
    expect(await told()).toBe(forget('a', 'c'));
  });

  test('tells nothing of keys that were not read, or are only written', async () => {
    reader.ask('set', 'a', '1');
    reader.ask('incr', 'a');
    writer.ask('set', 'a', '1');
    expect(await told()).toBe('');
  });

  test('tells each of two readers, and not one that left or turned it off', async () => {
    const [second, third, fourth] = [tracked(), tracked(), tracked()];
    for (const client of [reader, second, third, fourth]) client.ask('get', 'a');
    third.ask('client', 'tracking', 'off');
    fourth.destroy();
    writer.ask('set', 'a', '1');
    expect(await told()).toBe(forget('a'));
    expect(second.read().toString()).toBe(forget('a'));
    expect(third.read().toString()).toBe('');
    expect(fourth.read().toString()).toBe('');
  });

  test('a change in the same read event as the read is told', async () => {
    const commands = [encode('get', 'a'), encode('set', 'a', '1'), encode('get', 'a')];
    expect(reader.write(Buffer.concat(commands)).toString()).toBe('_\r\n+OK\r\n$1\r\n1\r\n');
    expect(await told()).toBe(forget('a'));
  });

  test('a read between a change and the news of it is told of the next change', async () => {
    reader.ask('get', 'a');
    writer.ask('set', 'a', '1');
    reader.ask('get', 'a');
    expect(await told()).toBe(forget('a'));
    reader.ask('get', 'a');
    writer.ask('set', 'a', '2');
    expect(await told()).toBe(forget('a'));
  });

  test('keys are bytes', async () => {
    const key = Buffer.from([0, 255, 13, 10]);
    reader.ask('get', key);
    writer.ask('set', key, '1');
    expect(await told()).toBe(forget(key.toString('latin1')));
  });

  test('FLUSHALL tells to forget all, once until the client reads again', async () => {
    reader.ask('get', 'a');
    expect(reader.ask('client', 'tracking', 'on')).toBe('+OK\r\n');
    writer.ask('flushall');
    expect(await told()).toBe(FORGET_ALL);
    writer.ask('flushall');
    expect(await told()).toBe('');
    reader.ask('get', 'a');
    writer.ask('flushall');
    expect(await told()).toBe(FORGET_ALL);
  });

  test('expiry and eviction are told', async () => {
    const clock = new ManualClock();
    server = createServer({ clock, maxBytes: 2 ** 20 });
    server.nodes[0]!.start();
    [writer, reader] = [new TestClient(server), tracked()];
    writer.ask('set', 'a', '1', 'px', '100');
    reader.ask('get', 'a');
    const expired = reader.next();
    await clock.advanceAsync(200);
    expect(await expired).toBe(forget('a'));

    writer.ask('set', 'b', '1');
    reader.ask('get', 'b');
    const evicted = reader.next();
    for (let i = 0; i < 2000; i++) writer.ask('set', `filler:${i}`, 'x'.repeat(1000));
    await clock.advanceAsync(1);
    expect(await evicted).toBe(forget('b'));
    server.nodes[0]!.close();
  });

  test('a message that was missed tells to forget all', async () => {
    reader.ask('get', 'a');
    const tail = 'x'.repeat(60_000);
    // More bytes of keys than may wait for a subscriber.
    for (let i = 0; i < 600; i++) writer.ask('del', `${i}${tail}`);
    expect(await told()).toBe(FORGET_ALL);
  });

  test('a gap in the messages of a data node tells to forget all', async () => {
    const publish = (incarnation: string, sequence: number): void => {
      const version = { epoch: 1, counter: 1 };
      const entries = [{ slot: 0, key: Buffer.from('other'), version }];
      pubsub.publish({
        topic: 'cache_invalidation',
        node: 'n',
        incarnation,
        sequence,
        entries,
      });
    };
    for (const [incarnation, sequence, expected] of [
      ['one', 7, ''],
      ['one', 8, ''],
      ['one', 10, FORGET_ALL],
      ['one', 11, ''],
      ['two', 1, FORGET_ALL],
    ] as const) {
      reader.ask('get', 'a');
      publish(incarnation, sequence);
      expect([sequence, await told()]).toEqual([sequence, expected]);
    }
  });

  test('a data node that was lost tells to forget all', async () => {
    reader.ask('get', 'a');
    const moves = [{ from: null, to: 'b', slots: [[0, 1]] as const }];
    pubsub.publish({ topic: 'node_key_assignment', epoch: 2, moves });
    expect(await told()).toBe(FORGET_ALL);
  });

  test('keys that are too many are told as if they had changed, after the answers that were under way', async () => {
    const keys = Array.from({ length: 100_100 }, (_, i) => `key:${i}`);
    const reads = Buffer.concat(keys.map((key) => encode('get', key)));
    expect(reader.write(reads).toString()).toBe('_\r\n'.repeat(keys.length));
    expect(await told()).toBe(forget(...keys.slice(0, 100)));
    writer.ask('set', 'key:99', '1');
    writer.ask('set', 'key:100', '1');
    expect(await told()).toBe(forget('key:100'));
  });

  test('OPTIN tracks only what is announced, OPTOUT all but that', async () => {
    const [optIn, optOut] = [tracked('optin'), tracked('optout')];
    for (const [client, word] of [
      [optIn, 'yes'],
      [optOut, 'no'],
    ] as const) {
      client.ask('get', 'plain');
      client.ask('client', 'caching', word);
      client.ask('get', 'announced');
      client.ask('get', 'after');
      client.ask('client', 'caching', word);
      client.ask('multi');
      client.ask('get', 'queued');
      client.ask('mget', 'queued too');
      client.ask('exec');
    }
    for (const key of ['plain', 'announced', 'after', 'queued', 'queued too']) writer.ask('set', key, '1');
    await told();
    expect(optIn.read().toString()).toBe(forget('announced', 'queued', 'queued too'));
    expect(optOut.read().toString()).toBe(forget('plain', 'after'));
  });

  test('reads of a transaction count from EXEC on', async () => {
    reader.ask('multi');
    reader.ask('get', 'a');
    writer.ask('set', 'a', '1');
    expect(await told()).toBe('');
    expect(reader.ask('exec')).toBe('*1\r\n$1\r\n1\r\n');
    writer.ask('set', 'a', '2');
    expect(await told()).toBe(forget('a'));
  });

  test('BCAST tells of all keys with a prefix, whoever reads them', async () => {
    const [all, some] = [tracked('bcast'), tracked('bcast', 'prefix', 'a:', 'prefix', 'b:')];
    writer.ask('mset', 'a:1', '1', 'b:1', '1', 'c:1', '1', 'a', '1');
    writer.ask('del', 'a:1');
    await told();
    expect(some.read().toString()).toBe(forget('a:1', 'b:1'));
    expect(all.read().toString()).toContain('c:1');
    writer.ask('flushall');
    await told();
    // In the messages of one turn of the event loop, or of two.
    expect(some.read().toString()).toMatch(/^(>2\r\n\$10\r\ninvalidate\r\n_\r\n){1,2}$/);
  });

  test('RESP2 is told nothing', async () => {
    reader.ask('hello', 2);
    reader.ask('get', 'a');
    writer.ask('set', 'a', '1');
    expect(await told()).toBe('');
  });

  test('REDIRECT is refused', () => {
    expect(reader.ask('client', 'tracking', 'on', 'redirect', String(writer.session.id))).toMatch(
      /^-ERR REDIRECT is not supported: use RESP3/,
    );
  });

  test('RESET and the end of a connection end it', () => {
    const listens = (): boolean => pubsub.hasSubscribers('cache_invalidation');
    expect(server.tracker.clients).toBe(2);
    expect(listens()).toBe(true);
    reader.ask('reset');
    expect(server.tracker.clients).toBe(1);
    witness.client.destroy();
    expect(server.tracker.clients).toBe(0);
    expect(listens()).toBe(false);
    expect(writer.ask('info', 'clients')).toContain('tracking_clients:0');
  });
});

/** `r` is the client that is tracked. What it is told shows before the answer to its next command. */
const STEPS = `
  r client tracking on
  r get a; w set a 1; r ping
  w set a 2; r ping
  r get a; w append a x; r ping
  r strlen a; w setrange a 1 y; r ping
  r exists a; w expire a 100; r ping
  r ttl a; w persist a; r ping
  r getrange a 0 1; w rename a b; r ping
  r get b; w getdel b; r ping
  w set b 1; r get b; w del b; r ping
  r type n; w incr n; r ping
  r object encoding n; w incrbyfloat n 1; r ping
  r get n; w get n; w strlen n; w touch n; r ping
  r set own 1; w set own 2; r ping
  r get own; r set own 3; r ping
  r get own; w flushall; r ping
  r multi; r get a; r exec; w set a 1; r ping
  r client tracking off; r get a; w set a 2; r ping
  r client tracking on optin; r get a; w set a 3; r ping
  r client caching yes; r get a; r get b; w set a 4; r ping; w set b 4; r ping
  r client caching yes; r nosuch; r get b; w set b 5; r ping
  r client caching yes; r client; r client trackinginfo; r get b; w set b 6; r ping
  r client caching yes; r client caching; r get b; w set b 7; r ping
  r client caching yes; r client tracking on optin; r get b; w set b 8; r ping
  r client caching yes; r multi; r get a; r exec; w set a 5; r ping
  r client tracking off; r client tracking on optout; r get a; w set a 6; r ping
  r client caching no; r get a; w set a 7; r ping
  r client tracking off; r client tracking on bcast prefix x prefix y; w set a 8; r ping
  w set x1 1; r ping; w set y1 1; r ping; w set z1 1; r ping; w del x1; r ping`
  .split(/[;\n]/)
  .map((step) => step.trim().split(' '))
  .filter((step) => step.length > 1);

/** Whatever a redis-server sends to one client. */
class RedisClient {
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  bytes = '';

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
  }

  /** Resolves with the answer. */
  async ask(...args: string[]): Promise<void> {
    this.#socket.write(encode(...args));
    for (let answered = false; !answered;) {
      this.#socket.resume();
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer];
      this.#socket.pause();
      this.bytes += chunk.toString('latin1');
      this.#parser.feed(chunk);
      while (this.#parser.next()) answered ||= !(this.#parser.value instanceof Push);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

describe('what clients are told is what redis-server 7.0 tells them', () => {
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.start();
  });

  afterAll(() => redis.stop());

  test.each([2, 3])('in RESP%i', async (protocol) => {
    const theirs = { r: new RedisClient(redis.port), w: new RedisClient(redis.port) };
    const server = createServer();
    const ours = { r: new TestClient(server), w: new TestClient(server) };
    const witness = new Witness(server);
    await theirs.w.ask('flushall');
    if (protocol === 3) {
      await theirs.r.ask('hello', '3');
      theirs.r.bytes = '';
      ours.r.ask('hello', 3);
    }
    let told = '';
    for (const [who, ...command] of STEPS) {
      await theirs[who as 'r' | 'w'].ask(...command);
      const answer = ours[who as 'r' | 'w'].ask(...command);
      if (who === 'r') told += answer;
      await witness.told();
      told += ours.r.read().toString('latin1');
    }
    expect(told).toBe(theirs.r.bytes);
    for (const client of Object.values(theirs)) client.close();
  });
});
