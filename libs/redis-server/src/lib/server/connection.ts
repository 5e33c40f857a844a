import type { Socket } from 'node:net';
import { RespError } from '@distributed-cache/resp';
import type { Holder } from './client-memory.ts';
import type { Recipient } from './outbox.ts';
import type { ServerState } from './server-state.ts';
import { Session, type Transport } from './session.ts';

/** Bytes of messages (of subscriptions) that may wait for one client; Redis's `client-output-buffer-limit pubsub`. */
const PENDING_LIMIT = 32 * 2 ** 20;

/** What a message that waits takes beside its bytes: many are a byte long. */
const MESSAGE_OVERHEAD = 128;

/**
 * Why a socket was destroyed. Nobody is told, but without one Node.js makes an error, with its stack, for each write that
 * waits: seconds for a subscriber with many small messages.
 */
export const CUT_OFF = new Error('The server closed the connection.');

/** So many of them do not wait for the turn of the event loop to end. */
const CORKED_LIMIT = 64 * 1024;

/**
 * A session on a socket. A client that does not read its answers is paused: its commands are neither run nor read until
 * the socket has drained. So one client holds at most the answers of one command, and 256 KiB, in memory.
 * Messages that it did not ask for cannot be paused: past a limit they close it.
 */
export class Connection implements Transport, Recipient, Holder {
  readonly session: Session;
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  readonly #server: ServerState;
  #paused = false;
  /** Commands that were read wait until others had their turn. */
  #resting = false;
  #corked = false;
  /** Messages that were sent, and of how many of them it is known that they have left. */
  #messages = 0;
  #messagesGone = 0;
  /** Bytes that this client is known to hold: not run yet, and not read yet. */
  #heldInput = 0;
  #heldOutput = 0;

  constructor(socket: Socket, server: ServerState) {
    this.#socket = socket;
    this.#server = server;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.local = `${socket.localAddress ?? '?'}:${socket.localPort ?? 0}`;
    this.session = new Session(server, this);
    socket.on('drain', () => {
      this.#onDrain();
    });
    // What went wrong is of no interest to a server: the connection is gone, which `close` says too.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.session.end();
      this.#account(0, 0);
    });
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  /** One read event. */
  receive(bytes: Buffer, start: number, end: number): void {
    if (this.session.closing) return;
    this.#server.clock.hold();
    try {
      const done = this.session.receive(bytes, start, end);
      this.#answer();
      if (!done) this.#runLater();
    } catch (error) {
      this.fail(error);
    }
    // Whoever waits for an answer is not read from: what is read would have to be kept.
    if (this.session.waiting) this.#socket.pause();
    this.#account(this.session.heldBytes, this.pending);
    this.#server.finishEvent();
  }

  /** Goes on with commands that waited. */
  resume(): void {
    if (this.session.closing || this.#paused) return;
    this.#server.clock.hold();
    this.#resting = false;
    let done = false;
    try {
      done = this.session.run();
      this.#answer();
      if (!done) this.#runLater();
    } catch (error) {
      this.fail(error);
    }
    if (done && !this.#paused && !this.session.waiting) {
      if (this.session.finishing) this.#close();
      else this.#socket.resume();
    }
    this.#account(this.session.heldBytes, this.pending);
    this.#server.finishEvent();
  }

  /** Closes the connection when the answers under way are sent. */
  finish(): void {
    if (this.session.waiting || this.#resting) this.session.finishing = true;
    else this.#close();
  }

  /** Runs what is left of the reads, when others had their turn and the client took the answers. */
  #runLater(): void {
    if (this.#paused) return;
    this.#resting = true;
    this.#socket.pause();
    setImmediate(this.#resume);
  }

  readonly #resume = (): void => this.resume();

  /** An answer that is too large, or a mistake of ours, costs this client its connection, and nobody else anything. */
  fail(error: unknown): void {
    this.#server.outbox.discard();
    this.#server.outbox.flushTo(this);
    this.session.disconnect();
    if (error instanceof RespError && error.code === 'output-full') {
      this.#server.statistics.outputLimitDisconnections++;
    } else {
      this.#server.onError(error);
    }
  }

  send(bytes: Buffer): void {
    if (this.session.closing) return;
    this.#server.outbox.flushTo(this);
    this.#server.statistics.outputBytes += bytes.length;
    if (this.#socket.writableLength === 0) this.#messagesGone = this.#messages;
    if (this.#corked) this.#socket.write(bytes);
    else this.#cork(bytes);
    this.#messages++;
    const { writableLength } = this.#socket;
    if (writableLength > CORKED_LIMIT && this.#corked) this.#uncork();
    const held = writableLength + MESSAGE_OVERHEAD * (this.#messages - this.#messagesGone);
    if (held > PENDING_LIMIT) {
      this.#server.statistics.outputLimitDisconnections++;
      this.session.disconnect();
    } else if (writableLength > CORKED_LIMIT) {
      this.#account(this.#heldInput, held);
    }
  }

  /** Sends answers, and pauses the client when they are not taken. */
  write(bytes: Buffer): boolean {
    const socket = this.#socket;
    if (socket.destroyed) return false;
    this.#server.statistics.outputBytes += bytes.length;
    const taken = socket.write(bytes);
    if (!taken && !this.#paused) {
      this.#paused = true;
      socket.pause();
      this.#account(this.#heldInput, socket.writableLength);
    }
    return socket.writableLength > 0;
  }

  /** Lets the messages of one turn of the event loop leave together. When the first has left, so have all before it. */
  #cork(first: Buffer): void {
    const before = this.#messages;
    this.#corked = true;
    this.#socket.cork();
    this.#socket.write(first, () => {
      this.#messagesGone = Math.max(this.#messagesGone, before);
    });
    setImmediate(this.#uncork);
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  };

  destroy(): void {
    this.#socket.destroy(CUT_OFF);
  }

  evict(): void {
    this.session.disconnect();
    this.#account(0, 0);
  }

  #account(input: number, output: number): void {
    const { clientInput, clientOutput } = this.#server;
    if (this.#socket.destroyed) input = output = 0;
    if (input !== this.#heldInput) clientInput.set(this, (this.#heldInput = input));
    if (output !== this.#heldOutput) clientOutput.set(this, (this.#heldOutput = output));
  }

  /** Lets the answers so far leave. */
  #answer(): void {
    this.#server.outbox.add(this);
    if (this.session.closing) this.#close();
  }

  #close(): void {
    this.#server.outbox.flushTo(this);
    this.#socket.destroySoon();
  }

  #onDrain(): void {
    if (!this.#paused) {
      this.#account(this.session.heldBytes, this.pending);
      return;
    }
    this.#paused = false;
    this.resume();
  }
}
