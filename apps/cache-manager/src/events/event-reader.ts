import type { ServerResponse } from 'node:http';
import type { Topic } from '@distributed-cache/pubsub';
import type { BufferBudget, Holding } from '../http/buffer-budget.ts';
import { eventText } from './event-json.ts';
import type { EventLog } from './event-log.ts';

const ALIVE = ': alive\n\n';

/** One client of `/events`: takes what is new from the logs as fast as its connection takes it. */
export class EventReader {
  private readonly positions: number[];
  private holding: Holding | undefined;
  private stuck = false;

  constructor(
    private readonly logs: readonly (readonly [Topic, EventLog])[],
    private readonly response: ServerResponse,
    private readonly budget: BufferBudget,
  ) {
    this.positions = logs.map(([, log]) => log.end());
    response.on('drain', () => {
      this.release();
      this.stuck = false;
      this.pump();
    });
    response.once('close', () => this.release());
  }

  /** The connection takes nothing more, for now or for ever. */
  private get full(): boolean {
    const { destroyed, writableEnded, writableNeedDrain } = this.response;
    return destroyed || writableEnded || writableNeedDrain;
  }

  /** Writes what is new, until the connection takes no more: then again when it does. */
  pump(): void {
    for (let i = 0; i < this.logs.length; i++) {
      if (!this.pumpLog(i)) return;
    }
  }

  /** Shows that the stream lives. Cuts the client off when it took nothing since the last time. */
  beat(): void {
    if (!this.full) this.write(ALIVE);
    else if (this.stuck) this.response.destroy();
    else this.stuck = true;
  }

  end(): void {
    this.pump();
    if (this.full) this.response.destroy();
    else this.response.end();
  }

  /** False when the connection takes no more. */
  private pumpLog(index: number): boolean {
    const [topic, log] = this.logs[index]!;
    for (;;) {
      if (this.full) return false;
      const position = this.positions[index]!;
      const dropped = log.first - position;
      if (dropped > 0) {
        this.positions[index] = log.first;
        this.write(eventText({ topic: 'overflow', of: topic, dropped }, log.first - 1));
        continue;
      }
      const batch = log.at(position);
      if (batch === undefined) return true;
      this.positions[index] = position + batch.count;
      this.write(batch.bytes);
    }
  }

  private write(bytes: Buffer | string): void {
    if (this.response.write(bytes)) return;
    this.holding ??= this.budget.open(() => this.response.destroy());
    this.holding.set(this.response.writableLength);
  }

  private release(): void {
    this.holding?.close();
    this.holding = undefined;
  }
}
