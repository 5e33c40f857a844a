import { SLOT_COUNT } from '@distributed-cache/consistent-hash';
import type { Member, SlotLocations, SlotTransit } from '@distributed-cache/cluster';

/**
 * Who has entries of some slots, in two groups. An entry on its way goes from a source to a primary, so whoever asks
 * all sources first, waits for what has left them ({@link landed}), and then asks the primaries, misses none.
 */
export interface Holders {
  /** Members that slots are moving away from. */
  readonly sources: readonly Member[];
  readonly primaries: readonly Member[];
  readonly transits: readonly SlotTransit[];
}

/** @param end exclusive */
export function holdersOf(table: SlotLocations, first = 0, end = SLOT_COUNT): Holders {
  const sources = new Set<Member>();
  const primaries = new Set<Member>();
  const transits = new Set<SlotTransit>();
  let latest: Member | undefined;
  for (let slot = first; slot < end; slot++) {
    const settled = table.settled(slot);
    // Neighbours often have the same primary.
    if (settled !== undefined && settled === latest) continue;
    const primary = table.primary(slot);
    if (primary !== undefined) primaries.add((latest = primary));
    const transit = table.transit(slot);
    if (transit === undefined) continue;
    transits.add(transit);
    if (transit.source !== undefined && !transit.source.gone) sources.add(transit.source);
  }
  return { sources: sorted(sources), primaries: sorted(primaries), transits: [...transits] };
}

/** All of them, each once. */
export function everyone({ sources, primaries }: Holders): Member[] {
  return [...new Set([...sources, ...primaries])];
}

/** Resolves when what has left the sources has arrived; undefined when nothing is on its way. */
export function landed({ transits }: Holders): Promise<unknown> | undefined {
  const landings = transits.map((transit) => transit.landing()).filter((each) => each !== undefined);
  return landings.length === 0 ? undefined : Promise.all(landings);
}

function sorted(members: ReadonlySet<Member>): Member[] {
  return [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
}
