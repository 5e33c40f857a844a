import type { Member } from './member.ts';

/** Slots on their way from one member to another, as operations on them see it. */
export interface SlotTransit {
  /** Absent: the slots start empty. */
  readonly source: Member | undefined;
  readonly target: Member;
  /** Whether the target serves the slots. */
  readonly open: boolean;
  /** Resolves when operations may go on: the target serves, or the transit was overtaken and they look again. */
  readonly opened: Promise<void>;
  /**
   * Brings the key's entry, if the source has it, to the target. Returns nothing when that is done already.
   * Throws or rejects when the source cannot be asked.
   */
  pull(key: Uint8Array, start: number, end: number, slot: number): Promise<void> | undefined;
  /** Resolves when what has left the source so far has arrived; undefined when nothing is on its way. */
  landing(): Promise<unknown> | undefined;
}
