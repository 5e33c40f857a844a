import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { InMemoryPubSub, type PubSub } from '@distributed-cache/pubsub';
import { CommandEncoder, ReplyParser, type CommandArgument, type Reply } from '@distributed-cache/resp';
import { systemClock, type Clock, EventClock } from '@distributed-cache/runtime';
import { DataNode } from '@distributed-cache/data-node';
import { OffHeapStore } from '@distributed-cache/store';
import { ServerState } from '../server/server-state.ts';
import { Session, type Transport } from '../server/session.ts';
import type { Settings } from '../server/settings.ts';

export function encode(...args: CommandArgument[]): Buffer {
  const encoder = new CommandEncoder();
  encoder.encode(...args);
  return encoder.take();
}

export interface TestServerOptions {
  readonly clock?: Clock;
  readonly unixNow?: () => number;
  readonly maxBytes?: number;
  /** Default: one of its own. */
  readonly pubsub?: PubSub;
  readonly settings?: Partial<Settings>;
  readonly shutdown?: () => void;
  readonly onWarning?: (warning: string) => void;
}

/** A server without sockets. */
export function createServer(options: TestServerOptions = {}): ServerState {
  const { maxBytes = 16 * 2 ** 20, pubsub = new InMemoryPubSub(), settings = {} } = options;
  const clock = new EventClock(options.clock ?? systemClock);
  const node = new DataNode({
    id: 'node-1',
    pubsub,
    clock,
    maxBytes,
    maxValueBytes: settings.maxValueBytes ?? 2 ** 20,
    evictionPolicy: settings.evictionPolicy,
    createStore: (storeOptions) => new OffHeapStore(storeOptions),
  });
  node.takeSlots(Array.from({ length: 16384 }).keys(), 1);
  return new ServerState({
    nodes: [node],
    pubsub,
    clock,
    unixNow: options.unixNow,
    shutdown: options.shutdown,
    onWarning: options.onWarning,
    settings: { maxMemory: maxBytes, maxValueBytes: 2 ** 20, ...settings },
  });
}

/** What all clients' bytes are read into, and overwritten with the next ones, as in a real server. */
const NETWORK = Buffer.alloc(64 * 1024);

/** A client whose bytes go straight into a session, and whose answers come straight out. */
export class TestClient implements Transport {
  readonly remote = '127.0.0.1:50000';
  readonly local = '127.0.0.1:6379';
  readonly pending = 0;
  readonly session: Session;
  readonly server: ServerState;
  destroyed = false;
  readonly #sent: Buffer[] = [];
  #onSent: () => void = () => undefined;

  constructor(server: ServerState) {
    this.server = server;
    this.session = new Session(server, this);
  }

  /** What the server answers to these bytes, and has sent since. */
  write(bytes: Buffer): Buffer {
    for (let at = 0; at < bytes.length && !this.session.closing; at += NETWORK.length) {
      this.#receive(bytes.subarray(at, at + NETWORK.length));
    }
    return this.read();
  }

  #receive(bytes: Buffer): void {
    bytes.copy(NETWORK);
    this.server.clock.hold();
    let done = this.session.receive(NETWORK, 0, bytes.length);
    NETWORK.fill(0xee, 0, bytes.length);
    this.#sent.push(this.server.out.take());
    while (!done) {
      done = this.session.run();
      this.#sent.push(this.server.out.take());
    }
    this.server.finishEvent();
  }

  /** What was sent without being asked for. */
  read(): Buffer {
    return Buffer.concat(this.#sent.splice(0));
  }

  /** Sends one command; its answer, as bytes of one character each. */
  ask(...args: CommandArgument[]): string {
    return this.write(encode(...args)).toString('latin1');
  }

  /** As `ask`, for an answer that may come later. */
  async answer(...args: CommandArgument[]): Promise<string> {
    const atOnce = this.ask(...args);
    return atOnce === '' ? this.next() : atOnce;
  }

  /** What is sent next without being asked for. */
  async next(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#onSent = resolve;
    });
    return this.read().toString('latin1');
  }

  send(bytes: Buffer): void {
    this.#sent.push(bytes);
    this.#onSent();
  }

  resume(): void {
    // As a connection, which may have ended while its commands waited.
    if (this.session.closing) return;
    this.server.clock.hold();
    try {
      this.session.run();
      this.send(this.server.out.take());
    } catch {
      // As a connection does: the answer is too large.
      this.server.out.reset();
      this.destroy();
    }
    this.server.finishEvent();
  }

  destroy(): void {
    this.destroyed = true;
    this.session.end();
  }

  fail(): void {
    this.destroy();
  }
}

/** A connection to a server that is under way, which asks one thing after the other. */
export class SocketClient {
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  #bytes = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<SocketClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new SocketClient(socket);
  }

  /** The bytes of `replies` answers. */
  async write(bytes: Buffer, replies = 1): Promise<Buffer> {
    this.#bytes = Buffer.alloc(0);
    this.#socket.write(bytes);
    for (let found = 0; found < replies;) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer];
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#parser.feed(chunk);
      while (this.#parser.next()) found++;
    }
    return this.#bytes;
  }

  /** The bytes of all answers up to these, which come last. */
  async writeUntil(bytes: Buffer, last: string): Promise<Buffer> {
    this.#bytes = Buffer.alloc(0);
    this.#socket.write(bytes);
    while (!this.#bytes.toString('latin1').endsWith(last)) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer];
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    }
    return this.#bytes;
  }

  close(): void {
    this.#socket.destroy();
  }
}

export function parseReplies(bytes: Buffer): Reply[] {
  const parser = new ReplyParser();
  const replies: Reply[] = [];
  parser.feed(bytes);
  while (parser.next()) replies.push(parser.value);
  return replies;
}
