import type { SlotTransit } from '@distributed-cache/cluster';

/** What an operation is about: keys of one slot. */
export interface RoutedRequest<Self> {
  readonly slot: number;
  /** Brings the entries of the keys to the transit's target. As {@link SlotTransit.pull}. */
  pull(transit: SlotTransit): Promise<void> | undefined;
  /** A copy with bytes of its own, for an operation that cannot be answered at once. */
  detach(): Self;
}
