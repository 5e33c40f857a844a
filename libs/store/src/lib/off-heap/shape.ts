/** What {@link AdaptivePolicy} can vary. */
export interface Shape {
  /** Share of the store that the window takes, above 0 and below 1. */
  readonly window: number;
  /** How far back evictions are remembered, in evictions per entry of the store: eighths, up to MAX_REACH. */
  readonly reach: number;
  /** Uses within the window that take an entry over into the main queue. */
  readonly uses: number;
}

/** The farthest that evictions are remembered, in evictions per entry of the store. */
export const MAX_REACH = 2;

/** Uses are counted up to here, in three bits. */
export const MAX_USES = 7;

/**
 * One in so many entries moves from the window to the main queue although it was not used enough. Otherwise a main
 * queue whose entries are not used any more would stay for ever while nothing else qualifies.
 */
export const CHANCE = 128;
