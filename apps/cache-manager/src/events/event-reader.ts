import type { ServerResponse } from 'node:http';
import type { Topic } from '@distributed-cache/pubsub';
import type { BufferBudget, Holding } from '../http/buffer-budget.ts';
import { eventText } from './event-json.ts';
import type { EventLog } from './event-log.ts';

const ALIVE = ': alive\n\n';

/** How far a client has come with the events of a topic. */
interface Cursor {
  readonly topic: Topic;
  readonly log: EventLog;
  position: number;
}

/** One client of `/events`: takes what is new from the logs as fast as its connection takes it. */
export class EventReader {
  private readonly cursors: readonly Cursor[];
  private holding: Holding | undefined;
  private stuck = false;

  constructor(
    logs: readonly (readonly [Topic, EventLog])[],
    private readonly response: ServerResponse,
    private readonly budget: BufferBudget,
  ) {
    this.cursors = logs.map(([topic, log]) => ({ topic, log, position: log.end() }));
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
    for (const cursor of this.cursors) {
      if (!this.pumpLog(cursor)) return;
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
  private pumpLog(cursor: Cursor): boolean {
    const { topic, log } = cursor;
    for (;;) {
      if (this.full) return false;
      const dropped = log.first - cursor.position;
      if (dropped > 0) {
        cursor.position = log.first;
        this.write(eventText({ topic: 'overflow', of: topic, dropped }, log.first - 1));
        continue;
      }
      const batch = log.at(cursor.position);
      if (batch === undefined) return true;
      cursor.position += batch.count;
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
