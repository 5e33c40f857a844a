import type { InvalidatedEntry, PubSub } from '@distributed-cache/pubsub';
import { announce } from './announce.ts';
import type { Clock } from '@distributed-cache/runtime';

/** Bounds of one message: large ones would keep others waiting on their way. */
const MAX_ENTRIES = 1000;
const MAX_KEY_BYTES = 256 * 1024;

/**
 * Tells near caches what changed: collects the changes of one turn of the event loop and publishes them as one
 * `cache_invalidation` message (several when there are very many).
 *
 * Whether somebody listens is asked for every change, not once per turn. Otherwise this would lose one: a near cache
 * subscribes in the middle of a turn, reads a value, and the value changes in the same turn. What changed before it
 * subscribed it cannot have read, so it needs no message about that. For the same reason a subscriber that was away
 * must start from an empty cache: while nobody listened there were no messages, and the sequence shows no gap.
 */
export class InvalidationPublisher {
  readonly #node: string;
  readonly #pubsub: PubSub;
  readonly #clock: Clock;
  #incarnation: string;
  #sequence = 0;
  #entries: InvalidatedEntry[] = [];
  #keyBytes = 0;
  #cancel: (() => void) | undefined;

  constructor(node: string, incarnation: string, pubsub: PubSub, clock: Clock) {
    this.#node = node;
    this.#incarnation = incarnation;
    this.#pubsub = pubsub;
    this.#clock = clock;
  }

  /** False when surely nobody listens: then there is no need to copy a key for {@link add}. */
  get wanted(): boolean {
    return this.#pubsub.hasSubscribers('cache_invalidation');
  }

  /** @param key a copy of the key's bytes; null for every key of the slot */
  add(slot: number, key: Uint8Array | null, epoch: number, counter: number): void {
    this.#entries.push({ slot, key, version: { epoch, counter } });
    this.#keyBytes += key === null ? 0 : key.length;
    if (this.#entries.length >= MAX_ENTRIES || this.#keyBytes >= MAX_KEY_BYTES) this.#publish();
    else this.#cancel ??= this.#clock.schedule(0, () => this.flush());
  }

  /** Publishes what was collected without waiting for the end of the turn. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#entries.length > 0) this.#publish();
  }

  /** Goes on under a new incarnation, whose sequence starts again at 1. */
  restart(incarnation: string): void {
    this.flush();
    this.#incarnation = incarnation;
    this.#sequence = 0;
  }

  #publish(): void {
    const entries = this.#entries;
    this.#entries = [];
    this.#keyBytes = 0;
    if (!this.wanted) return;
    announce(this.#pubsub, {
      topic: 'cache_invalidation',
      node: this.#node,
      incarnation: this.#incarnation,
      sequence: ++this.#sequence,
      entries,
    });
  }
}
