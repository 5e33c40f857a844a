/** Events that go out together. */
export interface Batch {
  readonly bytes: Buffer;
  /** Number of the first of them. */
  readonly first: number;
  readonly count: number;
}

/** A batch is closed when it is as long as this, in characters: what a socket takes at once. */
const FULL = 64 * 1024;

/**
 * The latest events of a topic, as they go over the wire. Made once for all readers: each has only a position, the number
 * of the event that it gets next. So a reader that stands still costs nothing while others go on, and finds out what
 * it missed when it comes back. The oldest go first, because news is worth more than history.
 */
export class EventLog {
  /** By the number of the first event, oldest first. */
  private readonly batches = new Map<number, Batch>();
  private bytes = 0;
  private text = '';
  private pending = 0;
  private firstKept = 1;
  private nextNumber = 1;

  /** @param limit bytes that are kept; the newest batch stays, however large */
  constructor(private readonly limit: number) {}

  /** The number of the oldest event that is still here, or of the next one. */
  get first(): number {
    return this.firstKept;
  }

  /** @param event makes the text from the event's number */
  append(event: (number: number) => string): void {
    this.text += event(this.nextNumber + this.pending);
    this.pending++;
    if (this.text.length >= FULL) this.close();
  }

  /** Where a new reader starts: after all that is there. */
  end(): number {
    this.close();
    return this.nextNumber;
  }

  /** What a reader at this position gets next; undefined when it has everything. Readers are between batches, always. */
  at(position: number): Batch | undefined {
    if (position === this.nextNumber) this.close();
    return this.batches.get(position);
  }

  clear(): void {
    this.close();
    this.batches.clear();
    this.bytes = 0;
    this.firstKept = this.nextNumber;
  }

  private close(): void {
    if (this.pending === 0) return;
    const batch: Batch = { bytes: Buffer.from(this.text), first: this.nextNumber, count: this.pending };
    this.batches.set(batch.first, batch);
    this.bytes += batch.bytes.length;
    this.nextNumber += batch.count;
    this.text = '';
    this.pending = 0;
    for (const oldest of this.batches.values()) {
      if (this.bytes <= this.limit || oldest === batch) break;
      this.batches.delete(oldest.first);
      this.bytes -= oldest.bytes.length;
      this.firstKept = oldest.first + oldest.count;
    }
  }
}
