import { slotOf } from '@distributed-cache/consistent-hash';
import type { Arguments, Command } from '@distributed-cache/redis-server';

/** Calls `visit` with the index of each argument that is a key. */
export function forEachKey({ keys }: Command, args: Arguments, visit: (index: number) => void): void {
  if (keys.first === 0) return;
  const last = keys.last < 0 ? args.count + keys.last : keys.last;
  for (let index = keys.first; index <= last; index += keys.step) visit(index);
}

export function slotAt({ buffer, starts, ends }: Arguments, index: number): number {
  return slotOf(buffer, starts[index]!, ends[index]!);
}

/** No keys. */
export const NO_SLOT = -1;
/** Keys of several slots. */
export const MANY_SLOTS = -2;

/** The one slot of several slots: which may be {@link NO_SLOT} or {@link MANY_SLOTS} themselves. */
export function commonSlot(a: number, b: number): number {
  if (a === NO_SLOT || a === b) return b;
  return b === NO_SLOT ? a : MANY_SLOTS;
}

/** The slot of all keys of the command, {@link NO_SLOT}, or {@link MANY_SLOTS}. */
export function slotOfKeys(command: Command, args: Arguments): number {
  let slot = NO_SLOT;
  forEachKey(command, args, (index) => {
    slot = commonSlot(slot, slotAt(args, index));
  });
  return slot;
}
