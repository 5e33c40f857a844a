import type { ServerResponse } from 'node:http';

/** What a file on its way keeps: what was read of it, and what waits in the socket. */
const PIPED = 128 * 1024;

/** What is kept for one connection. */
export interface Holding {
  /** How many bytes that is now. */
  set(bytes: number): void;
  /** Nothing any more. */
  close(): void;
}

/**
 * Counts what all connections together make the process keep: uploads that are not complete, answers that wait for
 * their readers, requests that wait for their turn.
 *
 * Over the limit, those make room that cost most: bytes times the time since they were first kept. That spares whoever
 * is honest without knowing who that is. A client that sends or reads at its line's speed is gone before it costs much;
 * one that stands still, or sends a byte now and then, costs more every second. To turn newcomers away would be simpler,
 * and 32 stalled uploads would then keep everybody out for two minutes.
 *
 * What has just grown stays, so the limit can be passed by one answer: it must have been made to be counted.
 */
export class BufferBudget {
  private readonly holdings = new Set<Kept>();
  private held = 0;

  /**
   * @param limit bytes
   * @param onCut told how many had to make room
   * @param now milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly onCut: (count: number) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Bytes. */
  get used(): number {
    return this.held;
  }

  /** @param cut what ends this when others need the room; the holding is closed by then */
  open(cut: () => void): Holding {
    const kept: Kept = {
      bytes: 0,
      since: this.now(),
      cut,
      set: (bytes) => this.set(kept, bytes),
      close: () => this.close(kept),
    };
    this.holdings.add(kept);
    return kept;
  }

  /** To be called when an answer was ended: counts what the system did not take at once, until it has. */
  holdAnswer(response: ServerResponse): void {
    if (response.socket !== null && response.socket.writableLength > 0) this.hold(response);
  }

  /** To be called before an answer is made by others: the same for one that is sent whole, and for a file. */
  watch(response: ServerResponse): void {
    response.once('prefinish', () => this.holdAnswer(response));
    response.once('pipe', () => {
      this.hold(response).set(PIPED);
    });
  }

  private hold(response: ServerResponse): Holding {
    const holding = this.open(() => response.destroy());
    holding.set(response.writableLength);
    response.once('close', () => holding.close());
    return holding;
  }

  private set(kept: Kept, bytes: number): void {
    if (!this.holdings.has(kept)) return;
    this.held += bytes - kept.bytes;
    kept.bytes = bytes;
    if (this.held > this.limit) this.makeRoom(kept);
  }

  private close(kept: Kept): void {
    if (this.holdings.delete(kept)) this.held -= kept.bytes;
  }

  /** An eighth more than is needed, so that looking for it is rare. */
  private makeRoom(newest: Kept): void {
    const now = this.now();
    // A millisecond more, so that bytes count among those that came just now.
    const cost = ({ bytes, since }: Kept): number => bytes * (now - since + 1);
    const others = [...this.holdings].filter((kept) => kept !== newest && kept.bytes > 0);
    others.sort((a, b) => cost(b) - cost(a));
    let count = 0;
    for (const kept of others) {
      if (this.held <= this.limit * 0.875) break;
      this.close(kept);
      kept.cut();
      count++;
    }
    if (count > 0) this.onCut(count);
  }
}

interface Kept extends Holding {
  bytes: number;
  readonly since: number;
  readonly cut: () => void;
}
