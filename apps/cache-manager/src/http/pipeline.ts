import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { BufferBudget, Holding } from './buffer-budget.ts';

/** About what a parsed request and its response take. */
const WAITING = 4 * 1024;

const lines = new WeakMap<Socket, Line>();

/**
 * Runs the requests of a connection one at a time: `listener` gets the next one when the answer before it has been handed
 * over to the system to its last byte. `node:http` would run all that it has read, and keep the answers: 22 KB of
 * requests could ask for gigabytes. And it would never say to an answer whose turn does not come that its connection is
 * gone, so that whoever waits for that, as one who has opened a file, waits for ever.
 *
 * A connection on which requests wait is not read. What has been read by then waits: the requests of one read, 64 KiB.
 */
export function inTurn(listener: RequestListener, budget: BufferBudget): RequestListener {
  return (request, response) => {
    // `node:http` gives the connection to one response after the other.
    if (response.socket !== null) listener(request, response);
    else lineOf(request.socket, budget).add(request, response, listener);
  };
}

function lineOf(socket: Socket, budget: BufferBudget): Line {
  let line = lines.get(socket);
  if (line === undefined) {
    line = new Line(socket, budget);
    lines.set(socket, line);
  }
  return line;
}

/** The requests of a connection that wait for their turn. Ends with the last of them, or with the connection. */
class Line {
  private readonly holding: Holding;
  private waiting = 0;
  private stopping = false;

  constructor(
    private readonly socket: Socket,
    budget: BufferBudget,
  ) {
    this.holding = budget.open(() => socket.destroy());
    // `node:http` goes on reading when the socket has drained.
    socket.on('drain', this.stopReading).once('close', this.end);
  }

  add(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    this.count(1);
    this.stopReading();
    // Emitted in the middle of the change from one response to the next: run when that is complete.
    response.once('socket', () => {
      process.nextTick(() => {
        this.count(-1);
        if (!this.socket.destroyed) listener(request, response);
      });
    });
  }

  /** In a moment: now is in the middle of a read, at whose end `node:http` says to go on. */
  private readonly stopReading = (): void => {
    if (this.stopping) return;
    this.stopping = true;
    process.nextTick(() => {
      this.stopping = false;
      if (this.waiting > 0) this.socket.pause();
    });
  };

  private count(change: number): void {
    this.waiting += change;
    this.holding.set(this.waiting * WAITING);
    if (this.waiting > 0) return;
    this.end();
    this.socket.resume();
  }

  private readonly end = (): void => {
    lines.delete(this.socket);
    this.socket.off('drain', this.stopReading).off('close', this.end);
    this.holding.close();
  };
}
