import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { Clock } from '@distributed-cache/runtime';
import { type TransferredEntry, isLater, type Answer } from '@distributed-cache/data-node';
import { setImmediate } from 'node:timers/promises';
import type { Member } from './member.ts';
import { GONE, type PatientCaller } from './patient-caller.ts';
import type { SlotLocations } from './slot-locations.ts';
import type { SlotTransit } from './slot-transit.ts';

/** A step moves at most so many entries, fewer when that would be more than so many bytes: no step takes long. */
const FIRST_ENTRIES = 16;
const MOST_ENTRIES = 512;
const MOST_BYTES = 1024 * 1024;

/**
 * Slots on their way from one member to another, while both serve.
 *
 * **Idea.** Pull on access. The target becomes the primary first, at a new epoch, while the entries are still on the
 * source, which refuses the slots from then on. Before an operation runs on the target, it takes its own key's entry
 * over from the source ({@link pull}). In the background, bounded steps move what nobody asks for; when a step finds
 * nothing, the slots are settled.
 *
 * **Why nothing is lost, stale or left behind.** Taking removes the entry from the source, so there is never more than
 * one copy. An entry that is still on the source has not been touched since the slot left, because every operation
 * would have taken it: so it is current, and there is none on the target that it could overwrite. The version it
 * carries is of an older epoch than whatever the target writes.
 *
 * An entry that the target cannot hold, because its limits are lower, goes as if it were evicted.
 *
 * **One at a time.** With a client that answers later, an entry is in nobody's store while it travels, and an operation
 * that came upon that moment would see a miss. So transfers of one slot run one after the other, a background step
 * counts as one of all slots, and an operation goes on only when the transfers before it are done. Clients that answer
 * at once never wait here. The deadline of an operation ends its waiting, not the transfer.
 *
 * **Members that depart on the way.** Source lost: what had not travelled is a miss; the slots are settled once the
 * transfers that were under way have arrived or failed (one that arrived later could revive a value deleted since).
 * Target lost: what it had is lost, travelling entries included. The rest, untouched as shown above, may go on to the
 * next primary by a transit of its own, or stay if that is the source; this one just ends.
 */
export class Transit implements SlotTransit {
  /** Resolves when operations may go on: the target serves, or this transit was overtaken and they look again. */
  readonly opened: Promise<void>;
  #open = false;
  #signalOpened!: () => void;
  /** Slot -> the last transfer under way of a key of that slot. Never rejects. */
  readonly #transfers = new Map<number, Promise<void>>();
  /** The background step under way: a transfer of all slots. Never rejects. */
  #step: Promise<number> | undefined;
  #entriesPerStep = FIRST_ENTRIES;

  constructor(
    /** Absent: the slots start empty. */
    readonly source: Member | undefined,
    readonly target: Member,
    readonly slots: readonly number[],
    private readonly epoch: number,
    private readonly table: SlotLocations,
    private readonly caller: PatientCaller,
    private readonly clock: Clock,
  ) {
    this.opened = new Promise((resolve) => {
      this.#signalOpened = resolve;
    });
  }

  /** Whether the target serves the slots. */
  get open(): boolean {
    return this.#open;
  }

  /** Sees the slots all the way. Ends, and never rejects, when they are settled or the target is gone. */
  async run(): Promise<void> {
    if (await this.#handOver()) {
      this.#open = true;
      this.#signalOpened();
      await this.#moveAll();
      if (!this.target.gone) this.#settle();
    }
    this.#signalOpened();
  }

  /**
   * Brings the key's entry, if the source has it, to the target. Returns nothing when that is done already.
   * Throws or rejects when the source cannot be asked.
   */
  pull(key: Uint8Array, start: number, end: number, slot: number): Promise<void> | undefined {
    const before = this.#transfers.get(slot) ?? this.#step;
    if (before === undefined) {
      const transfer = this.#transfer(key, start, end, slot);
      return isLater(transfer) ? this.#queue(slot, transfer) : undefined;
    }
    const ownKey = Uint8Array.prototype.slice.call(key, start, end);
    return this.#queue(
      slot,
      before.then(() => this.#transfer(ownKey, 0, ownKey.length, slot)),
    );
  }

  /** Resolves when what has left the source so far has arrived; undefined when nothing is on its way. */
  landing(): Promise<unknown> | undefined {
    if (this.#step === undefined && this.#transfers.size === 0) return undefined;
    return Promise.all([this.#step, ...this.#transfers.values()]);
  }

  #queue(slot: number, transfer: Promise<void>): Promise<void> {
    const done = transfer
      .catch(() => undefined)
      .then(() => {
        if (this.#transfers.get(slot) === done) this.#transfers.delete(slot);
      });
    this.#transfers.set(slot, done);
    return transfer;
  }

  #transfer(key: Uint8Array, start: number, end: number, slot: number): Answer<void> {
    const { source } = this;
    // Overtaken while it waited in line: the source may be the slot's primary again.
    if (source === undefined || source.gone || this.table.transit(slot) !== this) return undefined;
    const asked = this.clock.now();
    const taken = source.client.take(key, start, end);
    if (!isLater(taken)) return taken && this.#deliver(taken, asked);
    return this.caller.answer(source, taken).then((entry) => {
      if (entry !== undefined && entry !== GONE) return this.#deliver(entry, asked);
      return undefined;
    });
  }

  #deliver(entry: TransferredEntry, asked: number): Answer<void> {
    const current = aged(entry, this.clock.now() - asked);
    if (current === undefined) return undefined;
    const received = this.caller.insist(this.target, this.target, () => this.target.client.receive(current));
    return isLater(received) ? received.then(() => undefined) : undefined;
  }

  /** The target becomes the primary. False when it departed before. */
  async #handOver(): Promise<boolean> {
    const { source, target, slots, epoch } = this;
    if (source !== undefined) {
      await this.caller.insist(source, target, () => source.client.releaseSlots(slots));
    }
    return (await this.caller.insist(target, target, () => target.client.takeSlots(slots, epoch))) !== GONE;
  }

  async #moveAll(): Promise<void> {
    const marks = new Uint8Array(SLOT_COUNT);
    for (const slot of this.slots) marks[slot] = 1;
    while (!this.target.gone) {
      const before = [...this.#transfers.values()];
      // Those that come now wait for the step, and the step waits for `before`.
      this.#transfers.clear();
      this.#step = this.#moveSome(marks, before);
      const moved = await this.#step;
      this.#step = undefined;
      if (moved === 0) return;
      await setImmediate();
    }
  }

  /** One step. Returns how many entries it took: 0 when the source has none any more, or is gone. */
  async #moveSome(marks: Uint8Array, before: Promise<void>[]): Promise<number> {
    await Promise.all(before);
    const { source, target } = this;
    if (source === undefined) return 0;
    const asked = this.clock.now();
    const entries = await this.caller.insist(source, target, () =>
      source.client.takeSome(marks, this.#entriesPerStep),
    );
    if (entries === GONE) return 0;
    let bytes = 0;
    for (const { key, value } of entries) bytes += key.length + value.length;
    const fitting = Math.ceil((this.#entriesPerStep * MOST_BYTES) / Math.max(bytes, 1));
    this.#entriesPerStep = Math.min(fitting, this.#entriesPerStep * 2, MOST_ENTRIES);
    await Promise.all(entries.map((entry) => this.#deliver(entry, asked)));
    return entries.length;
  }

  #settle(): void {
    for (const slot of this.slots) {
      if (this.table.transit(slot) === this) this.table.settle(slot, this.target);
    }
  }
}

/** What is left of the entry's time to live after it travelled; undefined when nothing is. */
function aged(entry: TransferredEntry, elapsed: number): TransferredEntry | undefined {
  if (entry.ttl === 0 || elapsed === 0) return entry;
  return entry.ttl > elapsed ? { ...entry, ttl: entry.ttl - elapsed } : undefined;
}
