/** A client that holds memory of the server's. */
export interface Holder {
  /** Closes the connection: what it holds is free. */
  evict(): void;
}

/**
 * What all clients together may make the server keep, be it of what they send or of what they do not read. Each has
 * limits of its own, but there may be ten thousand. When all hold too much, the one that holds most is closed, as with
 * `maxmemory-clients` of Redis.
 */
export class ClientMemory {
  /** Bytes that all hold. */
  total = 0;
  /** Clients that were closed for it. */
  evicted = 0;
  readonly #limit: number;
  readonly #held = new Map<Holder, number>();

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The client holds so many bytes now. */
  set(holder: Holder, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    this.total += bytes - before;
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    while (bytes > before && this.total > this.#limit) this.#evict();
  }

  /** Few hold anything at a time, so that it is enough to look through them. */
  #evict(): void {
    let greediest: Holder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#held) {
      if (bytes <= most) continue;
      greediest = holder;
      most = bytes;
    }
    if (greediest === undefined) return;
    this.#held.delete(greediest);
    this.total -= most;
    this.evicted++;
    greediest.evict();
  }
}
