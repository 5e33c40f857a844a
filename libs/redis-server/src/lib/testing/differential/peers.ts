import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ServerState } from '../../server/server-state.ts';
import { RedisProcess } from '../redis-process.ts';
import { createServer, encode, TestClient } from '../test-client.ts';
import { cut, encodeArray } from './case.ts';

/** A client of a server that is compared. */
export interface Connection {
  /** @param lengths of the pieces in which the server reads it, where that can be had */
  send(bytes: Buffer, lengths?: readonly number[]): void;
  /** What came since `clear`. */
  received(): Buffer;
  clear(): void;
  readonly closed: boolean;
  close(): void;
}

/** A server that is compared. */
export interface Peer {
  connect(): Promise<Connection>;
  /** Resolves when what was sent by all connections has been dealt with, and the answers have come, as a rule. */
  settle(): Promise<void>;
  /** Back to no keys and the same settings. */
  reset(): Promise<void>;
  close(): void;
}

/** Back to these before each case. Times of commands are no part of an answer. */
const SETTINGS: readonly string[] = [
  ...['notify-keyspace-events', ''],
  ...['requirepass', ''],
  ...['timeout', '0'],
  ...['tcp-keepalive', '300'],
  ...['slowlog-max-len', '128'],
  ...['slowlog-log-slower-than', '-1'],
];
const RESET: readonly (readonly string[])[] = [['config', 'set', ...SETTINGS], ['flushall']];
const DONE = '+OK\r\n'.repeat(RESET.length);

/** A server in this process, without sockets. */
export class ProcessPeer implements Peer {
  readonly #server: ServerState = createServer();
  readonly #control = new TestClient(this.#server);

  connect(): Promise<Connection> {
    return Promise.resolve(new ProcessConnection(this.#server));
  }

  /** Answers are there at once, messages of subscriptions soon. */
  async settle(): Promise<void> {
    if (!this.#server.channels.active) return;
    await setImmediate();
    await setImmediate();
  }

  async reset(): Promise<void> {
    let answers = this.#control.write(Buffer.concat(RESET.map(encodeArray))).toString('latin1');
    // CLIENT PAUSE 0 may have paused everybody until the next turn.
    for (let turn = 0; answers.length < DONE.length && turn < 100; turn++) {
      await setImmediate();
      answers += this.#control.read().toString('latin1');
    }
    if (answers !== DONE) throw new Error(`cannot be reset: ${answers}`);
  }

  close(): void {
    this.#control.destroy();
  }
}

class ProcessConnection implements Connection {
  readonly #client: TestClient;
  #received: Buffer[] = [];

  constructor(server: ServerState) {
    this.#client = new TestClient(server);
  }

  get closed(): boolean {
    return this.#client.destroyed;
  }

  send(bytes: Buffer, lengths: readonly number[] = []): void {
    for (const piece of cut(bytes, lengths)) {
      if (!this.closed) this.#received.push(this.#client.write(piece));
      if (this.#client.session.closing) this.close();
    }
  }

  received(): Buffer {
    this.#received.push(this.#client.read());
    // Commands that waited may have been the last.
    if (this.#client.session.closing) this.close();
    return (this.#received = [Buffer.concat(this.#received)])[0]!;
  }

  clear(): void {
    this.#received = [];
  }

  close(): void {
    if (!this.closed) this.#client.destroy();
  }
}

const HOST = '127.0.0.1';
const PING = encode('ping');

/** A server at a port. */
export class SocketPeer implements Peer {
  readonly #port: number;
  readonly #control: SocketConnection;
  readonly #rounds: number;

  private constructor(port: number, control: SocketConnection, rounds: number) {
    this.#port = port;
    this.#control = control;
    this.#rounds = rounds;
  }

  /** @param rounds how often it is asked whether all is done: one is enough where the other server answers at once */
  static async connect(port: number, rounds: number): Promise<SocketPeer> {
    return new SocketPeer(port, await SocketConnection.open(port), rounds);
  }

  connect(): Promise<Connection> {
    return SocketConnection.open(this.#port);
  }

  /**
   * Asks something on a connection of its own. What others sent before is dealt with by then: a server with one thread
   * reads in the order in which bytes arrive. Their answers may come a moment later, however.
   */
  async settle(): Promise<void> {
    for (let round = 0; round < this.#rounds; round++) await this.#ask([PING], 7);
  }

  async reset(): Promise<void> {
    const answers = await this.#ask(RESET.map(encodeArray), DONE.length);
    if (answers !== DONE) throw new Error(`cannot be reset: ${answers}`);
  }

  /** Carries out what answers OK. */
  async command(...args: string[]): Promise<void> {
    const answer = await this.#ask([encodeArray(args)], 5);
    if (answer !== '+OK\r\n') throw new Error(`${args.join(' ')} was answered ${answer}`);
  }

  async #ask(requests: readonly Buffer[], length: number): Promise<string> {
    const control = this.#control;
    control.clear();
    control.send(Buffer.concat(requests));
    await control.receive(length);
    return control.received().toString('latin1');
  }

  close(): void {
    this.#control.close();
  }
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #length = 0;
  #wanted = Infinity;
  #onReceived: () => void = () => undefined;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay();
    socket.on('data', (bytes) => {
      this.#received.push(bytes);
      this.#length += bytes.length;
      if (this.#length >= this.#wanted) this.#onReceived();
    });
    const onClosed = (): void => {
      this.closed = true;
      this.#onReceived();
    };
    socket.on('end', onClosed);
    socket.on('close', onClosed);
    // A server may close while something is sent to it.
    socket.on('error', () => undefined);
  }

  static async open(port: number): Promise<SocketConnection> {
    const socket = connectSocket(port, HOST);
    await once(socket, 'connect');
    return new SocketConnection(socket);
  }

  /**
   * In one piece: what is written in several is read as one or not, and when a server closes the connection while
   * some of it is not read, its last answer is lost.
   */
  send(bytes: Buffer): void {
    if (!this.closed) this.#socket.write(bytes);
  }

  received(): Buffer {
    return (this.#received = [Buffer.concat(this.#received)])[0]!;
  }

  clear(): void {
    this.#received = [];
    this.#length = 0;
  }

  /** Until so many bytes have come, or the connection is closed. */
  async receive(length: number): Promise<void> {
    if (this.#length >= length || this.closed) return;
    await new Promise<void>((resolve) => {
      this.#wanted = length;
      this.#onReceived = resolve;
    });
    this.#wanted = Infinity;
  }

  close(): void {
    this.closed = true;
    this.#socket.destroy();
  }
}

/** A redis-server to compare with, and the client that does. To be stopped and closed. */
export async function startRedis(): Promise<{ redis: RedisProcess; theirs: SocketPeer }> {
  // Values are as large as those of the test server.
  const redis = await RedisProcess.start('--proto-max-bulk-len', '1mb', '--enable-debug-command', 'yes');
  const theirs = await SocketPeer.connect(redis.port, 1);
  // Else what has expired goes at some moment, and DBSIZE tells.
  await theirs.command('debug', 'set-active-expire', '0');
  return { redis, theirs };
}
