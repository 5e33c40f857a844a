import type { Clock } from '@distributed-cache/runtime';

interface Parcel {
  readonly due: number;
  readonly arrive: () => void;
}

/** One direction of a connection: what is sent arrives in order, each after its latency, and not while it is held. */
export class Line {
  readonly #parcels: Parcel[] = [];
  #held = false;
  #cancelArrival: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  /** Whether what is sent without latency arrives at once. */
  get clear(): boolean {
    return !this.#held && this.#parcels.length === 0;
  }

  send(latency: number, arrive: () => void): void {
    this.#parcels.push({ due: this.clock.now() + latency, arrive });
    if (this.#parcels.length === 1) this.#deliver();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#deliver();
  }

  /** Loses what is on its way. */
  cut(): void {
    this.#parcels.length = 0;
    this.#cancelArrival();
  }

  #deliver(): void {
    this.#cancelArrival();
    for (;;) {
      const first = this.#parcels[0];
      if (first === undefined || this.#held) return;
      const wait = first.due - this.clock.now();
      if (wait > 0) {
        this.#cancelArrival = this.clock.schedule(wait, () => {
          this.#deliver();
        });
        return;
      }
      this.#parcels.shift();
      first.arrive();
    }
  }
}
