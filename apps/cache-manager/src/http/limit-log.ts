import { Logger } from '@nestjs/common';

const INTERVAL = 60_000;

/** Says that a limit was reached: once a minute at most, and how often it was meanwhile. */
export class LimitLog {
  private readonly logger = new Logger('Limits');
  private last = -Infinity;
  private count = 0;

  /** @param message what is said of so many connections */
  constructor(private readonly message: (connections: number) => string) {}

  add(connections: number): void {
    this.count += connections;
    const now = performance.now();
    if (now - this.last < INTERVAL) return;
    this.logger.warn(this.message(this.count));
    this.last = now;
    this.count = 0;
  }
}
