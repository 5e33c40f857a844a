/** What a channel that somebody listens to takes beside its name: places in the tables of the client and of the server. */
const CHANNEL_OVERHEAD = 384;
/** The same for a pattern, and for each of its bytes at most: a class of two bytes is compiled to forty. */
const PATTERN_OVERHEAD = 768;
const PATTERN_FACTOR = 24;

/** The channels or patterns that a client listens to, and the bytes that the server keeps for them. */
export class Names implements Iterable<string> {
  bytes = 0;
  readonly #names = new Set<string>();
  readonly #overhead: number;
  readonly #factor: number;

  constructor(kind: 'channels' | 'patterns') {
    this.#overhead = kind === 'channels' ? CHANNEL_OVERHEAD : PATTERN_OVERHEAD;
    this.#factor = kind === 'channels' ? 1 : PATTERN_FACTOR;
  }

  get size(): number {
    return this.#names.size;
  }

  add(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.bytes += this.#cost(name);
  }

  delete(name: string): void {
    if (this.#names.delete(name)) this.bytes -= this.#cost(name);
  }

  clear(): void {
    this.#names.clear();
    this.bytes = 0;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#names.values();
  }

  #cost(name: string): number {
    return this.#overhead + this.#factor * name.length;
  }
}
