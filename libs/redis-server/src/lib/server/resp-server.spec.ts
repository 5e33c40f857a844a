import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ReplyParser } from '@distributed-cache/resp';
import { RespServer } from './resp-server.ts';
import type { ServerState } from './server-state.ts';
import { createServer, encode, SocketClient } from '../testing/test-client.ts';

/** A client that subscribed, and reads its messages or does not. */
class Listener {
  messages = 0;
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();

  constructor(socket: Socket) {
    this.#socket = socket.pause();
    this.closed = once(
      socket.on('error', () => undefined),
      'close',
    );
  }

  read(): void {
    this.#socket.on('data', (bytes: Buffer) => {
      this.#parser.feed(bytes);
      while (this.#parser.next()) this.messages++;
    });
    this.#socket.resume();
  }

  async has(messages: number): Promise<void> {
    while (this.messages < messages) {
      if (this.#socket.destroyed) throw new Error(`closed after ${this.messages} messages`);
      await Promise.race([once(this.#socket, 'data'), this.closed]);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

describe('RespServer', () => {
  let state: ServerState;
  let server: RespServer;
  let port: number;

  beforeEach(async () => {
    state = createServer({ maxBytes: 64 * 2 ** 20, settings: { maxClients: 1000 } });
    server = new RespServer(state);
    ({ port } = await server.listen('127.0.0.1', 0));
  });

  afterEach(() => server.close());

  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  test('answers commands, however they are cut', async () => {
    const socket = await open();
    socket.setNoDelay(true);
    const bytes = Buffer.concat([encode('set', 'a', 'value'), encode('get', 'a')]);
    for (const byte of bytes) socket.write(Buffer.of(byte));
    let received = '';
    while (received.length < '+OK\r\n$5\r\nvalue\r\n'.length) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      received += chunk.toString();
    }
    expect(received).toBe('+OK\r\n$5\r\nvalue\r\n');
    socket.destroy();
  });

  test('half a command holds up nobody', async () => {
    const half = await open();
    half.write('*2\r\n$3\r\nGE');
    const client = await SocketClient.connect(port);
    expect((await client.write(encode('ping'))).toString()).toBe('+PONG\r\n');
    half.destroy();
    client.close();
  });

  test('a client that does not read is paused, and gets every answer when it reads', async () => {
    const writer = await SocketClient.connect(port);
    await writer.write(encode('set', 'large', 'x'.repeat(2 ** 20)));
    const slow = await open();
    slow.pause();
    const count = 64;
    slow.setNoDelay(true);
    const together = 14;
    slow.write(Buffer.concat(Array.from({ length: together }, () => encode('get', 'large'))));
    // Others are served meanwhile, and what waits for the slow one stays small.
    let most = 0;
    for (let i = together; i < count; i++) {
      slow.write(encode('get', 'large'));
      await writer.write(encode('ping'));
      for (const session of state.sessions.values()) most = Math.max(most, session.transport.pending);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(4 * 2 ** 20);
    const parser = new ReplyParser();
    let answers = 0;
    slow.on('data', (chunk: Buffer) => {
      parser.feed(chunk);
      while (parser.next()) answers++;
      if (answers === count) slow.destroy();
    });
    slow.resume();
    await once(slow, 'close');
    expect(answers).toBe(count);
    writer.close();
  });

  test('a subscriber that does not read is closed when too much waits for it', async () => {
    const subscriber = await open();
    subscriber.write(encode('subscribe', 'news'));
    await once(subscriber, 'data');
    subscriber.pause();
    const closed = once(subscriber, 'close');
    const publisher = await SocketClient.connect(port);
    const payload = 'x'.repeat(2 ** 20);
    for (let i = 0; i < 200 && state.statistics.outputLimitDisconnections === 0; i++) {
      await publisher.write(encode('publish', 'news', payload));
    }
    expect(state.statistics.outputLimitDisconnections).toBe(1);
    subscriber.on('error', () => undefined);
    subscriber.resume();
    await closed;
    publisher.close();
  });

  test('one that is closed like that counts once, however many messages come at that moment', async () => {
    const subscriber = await open();
    const patterns = Array.from({ length: 60 }, (_, i) => `news${'*'.repeat(i)}`);
    subscriber.write(encode('psubscribe', ...patterns));
    await once(subscriber, 'data');
    subscriber.pause();
    subscriber.on('error', () => undefined);
    const closed = once(subscriber, 'close');
    const publisher = await SocketClient.connect(port);
    await publisher.write(encode('publish', 'news', 'x'.repeat(2 ** 20)));
    subscriber.resume();
    await closed;
    expect(state.statistics.outputLimitDisconnections).toBe(1);
    publisher.close();
  });

  describe('a storm of messages', () => {
    const TOGETHER = 100;
    const ROUNDS = 10;

    const listenTo = async (channel: string): Promise<Listener> => {
      const socket = await open();
      socket.write(encode('subscribe', channel));
      await once(socket, 'data');
      return new Listener(socket);
    };

    /** Ten megabytes a round. Returns the most bytes that waited for a client. */
    const storm = async (publisher: SocketClient): Promise<number> => {
      const batch = Buffer.concat(
        Array.from({ length: TOGETHER }, () => encode('publish', 'c', 'x'.repeat(100_000))),
      );
      let most = 0;
      for (let round = 0; round < ROUNDS; round++) {
        await publisher.write(batch, TOGETHER);
        for (const session of state.sessions.values()) most = Math.max(most, session.transport.pending);
      }
      return most;
    };

    test('that nobody listens to costs nobody anything', async () => {
      const elsewhere = await listenTo('c2');
      const publisher = await SocketClient.connect(port);
      elsewhere.read();
      await storm(publisher);
      await publisher.write(encode('publish', 'c2', 'still there'));
      await elsewhere.has(1);
      elsewhere.close();
      publisher.close();
    });

    test('reaches whoever reads, and costs the one that does not its connection', async () => {
      const [reading, stuck] = [await listenTo('c'), await listenTo('c')];
      const publisher = await SocketClient.connect(port);
      reading.read();
      expect(await storm(publisher)).toBeLessThan(33 * 2 ** 20);
      await reading.has(ROUNDS * TOGETHER);
      // It hears of it when it reads again.
      stuck.read();
      await stuck.closed;
      expect(state.statistics.outputLimitDisconnections).toBe(1);
      expect(stuck.messages).toBeLessThan(ROUNDS * TOGETHER);
      reading.close();
      publisher.close();
    });
  });

  describe('messages of a byte', () => {
    const ROUNDS = 45;
    const TOGETHER = 10_000;

    /** Returns the most that a round took of the processor, in milliseconds. */
    const storm = async (reader?: Listener): Promise<number> => {
      const publisher = await SocketClient.connect(port);
      const batch = Buffer.concat(Array.from({ length: TOGETHER }, () => encode('publish', 'c', 'x')));
      let most = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const before = process.cpuUsage();
        await publisher.write(batch, TOGETHER);
        const { user, system } = process.cpuUsage(before);
        most = Math.max(most, (user + system) / 1000);
        await reader?.has((round + 1) * TOGETHER);
      }
      publisher.close();
      return most;
    };

    const listen = async (): Promise<Listener> => {
      const socket = await open();
      socket.write(encode('subscribe', 'c'));
      await once(socket, 'data');
      return new Listener(socket);
    };

    test('count for what they take while they wait, and are forgotten at once', async () => {
      const stuck = await listen();
      // 31 bytes each: those alone would be 32 MiB after a million.
      expect(await storm()).toBeLessThan(2000);
      expect(state.statistics.outputLimitDisconnections).toBe(1);
      stuck.close();
    });

    test('do not count when they have been read', async () => {
      const reading = await listen();
      reading.read();
      await storm(reading);
      expect(state.statistics.outputLimitDisconnections).toBe(0);
      reading.close();
    });
  });

  test('slow commands in one read do not hold up others', async () => {
    const [slow, other] = [await SocketClient.connect(port), await SocketClient.connect(port)];
    await slow.write(encode('set', 'large', 'x'.repeat(2 ** 20)));
    const log: string[] = [];
    const gets = Buffer.concat(Array.from({ length: 1500 }, () => encode('get', 'large')));
    const muted = [encode('client', 'reply', 'off'), gets, encode('client', 'reply', 'on'), encode('ping')];
    const done = slow.writeUntil(Buffer.concat(muted), '+PONG\r\n').then((bytes) => {
      log.push('slow');
      return bytes;
    });
    const first = state.statistics.inputBytes;
    while (state.statistics.inputBytes === first) await new Promise(setImmediate);
    await other.write(encode('ping'));
    log.push('other');
    expect((await done).toString()).toBe('+OK\r\n+PONG\r\n');
    expect(log).toEqual(['other', 'slow']);
    slow.close();
    other.close();
  });

  test('a stop lets commands end that wait for their turn', async () => {
    const slow = await SocketClient.connect(port);
    await slow.write(encode('set', 'large', 'x'.repeat(2 ** 20)));
    const gets = Buffer.concat(Array.from({ length: 200 }, () => encode('get', 'large')));
    const muted = [
      encode('client', 'reply', 'off'),
      gets,
      encode('client', 'reply', 'on'),
      encode('incr', 'n'),
    ];
    const first = state.statistics.inputBytes;
    const done = slow.writeUntil(Buffer.concat(muted), ':1\r\n');
    while (state.statistics.inputBytes === first) await new Promise(setImmediate);
    await server.close();
    expect((await done).toString()).toBe('+OK\r\n:1\r\n');
  });

  test('what is beyond an answer that is too large is not fetched', async () => {
    const limitedState = createServer({ settings: { outputLimit: 2 ** 20 } });
    const limited = new RespServer(limitedState);
    const address = await limited.listen('127.0.0.1', 0);
    const other = await SocketClient.connect(address.port);
    await other.write(encode('set', 'large', 'x'.repeat(2 ** 19)));
    const gets = Array.from({ length: 60_000 }, () => encode('get', 'large'));
    for (const bytes of [
      encode('mget', ...Array.from({ length: 60_000 }, () => 'large')),
      Buffer.concat([encode('multi'), ...gets, encode('incr', 'n'), encode('exec')]),
    ]) {
      const greedy = connect(address.port, '127.0.0.1');
      greedy.on('error', () => undefined).write(bytes);
      greedy.resume();
      await once(greedy, 'close');
    }
    expect(limitedState.nodes[0]!.statistics().hits).toBeLessThan(10);
    expect((await other.write(encode('get', 'n'))).toString()).toBe('$1\r\n1\r\n');
    other.close();
    await limited.close();
  });

  test('an answer over the limit costs its client the connection, and nobody else anything', async () => {
    const limited = new RespServer(createServer({ settings: { outputLimit: 2 ** 20 } }));
    const address = await limited.listen('127.0.0.1', 0);
    const other = await SocketClient.connect(address.port);
    await other.write(encode('set', 'large', 'x'.repeat(2 ** 19)));
    const greedy = connect(address.port, '127.0.0.1');
    greedy.write(encode('mget', 'large', 'large', 'large'));
    greedy.resume();
    await once(greedy, 'close');
    expect((await other.write(encode('strlen', 'large'))).toString()).toBe(`:${2 ** 19}\r\n`);
    expect(limited.state.statistics.outputLimitDisconnections).toBe(1);
    const transacting = connect(address.port, '127.0.0.1');
    const gets = Array.from({ length: 20 }, () => encode('get', 'large'));
    transacting.write(Buffer.concat([encode('multi'), ...gets, encode('incr', 'n'), encode('exec')]));
    transacting.resume();
    await once(transacting, 'close');
    expect((await other.write(encode('get', 'n'))).toString()).toBe('$1\r\n1\r\n');
    expect(limited.state.statistics.outputLimitDisconnections).toBe(2);
    other.close();
    await limited.close();
  });

  describe('clients that together hold too much', () => {
    const LIMIT = 8 * 2 ** 20;
    const large = 'x'.repeat(2 ** 20);
    const names = (count: number, length: number): string[] =>
      Array.from({ length: count }, (_, i) => `${i}.`.padEnd(length, 'x'));

    test.each([
      ['queued commands', Buffer.concat([encode('multi'), encode('set', 'k', large), encode('ping')])],
      ['a command of which half is there', encode('set', 'k', large + large).subarray(0, 2 ** 20)],
      ['watched keys', encode('watch', ...Array.from({ length: 2000 }, (_, i) => `${i}`.padEnd(512, 'x')))],
      ['a command that waits for the end of a pause', encode('set', 'k', large)],
      [
        'the places of the arguments of half a command',
        Buffer.from(`*150000\r\n${'$0\r\n\r\n'.repeat(140_000)}`),
      ],
      ['channels with long names', encode('subscribe', ...names(10, 100_000))],
      ['many channels', encode('subscribe', ...names(3000, 10))],
      ['patterns', encode('psubscribe', ...names(400, 100))],
      ['patterns of classes', encode('psubscribe', '[]'.repeat(30_000))],
      [
        'prefixes',
        Buffer.concat([
          encode('hello', 3),
          encode(
            'client',
            'tracking',
            'on',
            'bcast',
            ...names(1000, 1000).flatMap((name) => ['prefix', name]),
          ),
        ]),
      ],
    ])('lose the one that holds most: %s', async (_, bytes) => {
      const limited = new RespServer(createServer({ settings: { clientInput: LIMIT } }));
      const address = await limited.listen('127.0.0.1', 0);
      limited.state.pause(60_000, true);
      const { clientInput, sessions } = limited.state;
      const other = await SocketClient.connect(address.port);
      const clients: Socket[] = [];
      let closed = 0;
      while (closed === 0) {
        const client = connect(address.port, '127.0.0.1');
        client.on('error', () => undefined).on('close', () => closed++);
        client.resume();
        client.write(bytes);
        clients.push(client);
        await other.write(encode('ping'));
      }
      expect(clients.length).toBeGreaterThan(4);
      expect(clientInput.evicted).toBeGreaterThan(0);
      expect(clientInput.total).toBeLessThanOrEqual(LIMIT);
      expect((await other.write(encode('info', 'stats'))).toString()).toMatch(/evicted_clients:[1-9]/);
      for (const client of clients) client.destroy();
      while (sessions.size > 1) await other.write(encode('ping'));
      expect(clientInput.total).toBe(0);
      other.close();
      await limited.close();
    });
  });

  test('clients that together do not read too much lose the one that reads least', async () => {
    const limited = new RespServer(createServer({ settings: { clientOutput: 2 ** 23 } }));
    const address = await limited.listen('127.0.0.1', 0);
    const other = await SocketClient.connect(address.port);
    await other.write(encode('set', 'large', 'x'.repeat(2 ** 20)));
    const stalled = connect(address.port, '127.0.0.1').pause();
    stalled.on('error', () => undefined);
    stalled.write(encode('mget', ...Array.from({ length: 32 }, () => 'large')));
    while (limited.state.clientOutput.evicted === 0) await other.write(encode('ping'));
    expect((await other.write(encode('info', 'stats'))).toString()).toContain('evicted_clients:1\r\n');
    expect(limited.state.clientOutput.total).toBe(0);
    stalled.destroy();
    other.close();
    await limited.close();
  });

  test('more clients than allowed are told so', async () => {
    state.settings.maxClients = 2;
    const [first, second] = [await SocketClient.connect(port), await SocketClient.connect(port)];
    await first.write(encode('ping'));
    await second.write(encode('ping'));
    const third = await open();
    const [chunk] = (await once(third, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('-ERR max number of clients reached\r\n');
    await once(third, 'close');
    first.close();
    second.close();
  });

  test('connections that come and go in waves leave nothing behind', async () => {
    for (let wave = 0; wave < 5; wave++) {
      const sockets = await Promise.all(Array.from({ length: 200 }, open));
      sockets.forEach((socket, i) => {
        if (i % 2 === 0) socket.write('*1\r\n$4\r\nPI');
        socket.destroy();
      });
    }
    const client = await SocketClient.connect(port);
    let connected: string;
    do connected = (await client.write(encode('info', 'clients'))).toString();
    while (!connected.includes('connected_clients:1\r\n'));
    expect(state.statistics.connections).toBe(1001);
    client.close();
  });

  test('QUIT is answered, then the connection ends', async () => {
    const socket = await open();
    socket.write(Buffer.concat([encode('quit'), encode('ping')]));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('+OK\r\n');
    await once(socket, 'close');
  });

  test('close answers what was asked before, and ends the connections', async () => {
    const client = await SocketClient.connect(port);
    expect((await client.write(encode('ping'))).toString()).toBe('+PONG\r\n');
    const idle = await open();
    const ended = once(idle, 'close');
    idle.resume();
    await server.close();
    await ended;
    await expect(SocketClient.connect(port)).rejects.toThrow(/ECONNREFUSED/);
  });
});
