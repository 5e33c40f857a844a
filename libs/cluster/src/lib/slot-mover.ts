import type { Clock } from '@distributed-cache/runtime';
import type { Member } from './member.ts';
import type { PatientCaller } from './patient-caller.ts';
import type { SlotLocations } from './slot-locations.ts';
import { Transit } from './transit.ts';

/** Moves slots between members. Each pair of source and target has a {@link Transit}; they run side by side. */
export class SlotMover {
  readonly #running = new Set<Promise<void>>();

  constructor(
    private readonly table: SlotLocations,
    private readonly caller: PatientCaller,
    private readonly clock: Clock,
  ) {}

  /** Begins to move the slots. Without a source they start empty. */
  move(source: Member | undefined, target: Member, slots: readonly number[], epoch: number): void {
    const transit = new Transit(source, target, slots, epoch, this.table, this.caller, this.clock);
    for (const slot of slots) this.table.begin(slot, transit);
    const run = transit.run().finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when nothing moves any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
