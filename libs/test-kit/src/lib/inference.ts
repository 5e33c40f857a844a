import { must } from './must.ts';
import { ABSENT, allows, NO_STATE, onlyState, type SearchOperation } from './search-operation.ts';

// Taken from the global object once: within Jest's module contexts each look-up of a global is slow.
const { max, min } = Math;

/** Narrowing goes on while it finds something, but no longer than this: what it has found by then is true anyway. */
const MAX_ROUNDS = 10;

/**
 * What the answers say about times, before any search. A state that one operation alone leaves behind (a value that
 * was written once) holds without a break until the last operation that needs it. From that follows
 *
 * - that its maker took effect, even if its own outcome is unknown, no later than the first that needs the state
 *   ended, and those no earlier than the maker started;
 * - that the state holds for certain from the first end to the last start among all these: in between, nothing takes
 *   effect that makes or needs another state (the zones of Phillip Gibbons and Ephraim Korach, "Testing shared memories",
 *   1997).
 *
 * A stale read, a lost update, reads that go back and forth show here at once, without any search: an operation has no
 * time left, or two zones overlap.
 *
 * @param operations are narrowed in place
 * @param unmade states that come about without an operation
 * @returns the operations without those that cannot have taken effect; undefined when there is no order
 */
export function narrow(
  operations: readonly SearchOperation[],
  unmade: readonly number[],
): SearchOperation[] | undefined {
  const makers = soleMakers(operations, unmade);
  for (const maker of makers.values()) maker.solelyMakes = true;
  requireMakers(operations, makers);
  const clusters = clustersOf(operations, makers);

  let possible = [...operations];
  for (let round = 0, changed = true; changed && round < MAX_ROUNDS; round++) {
    const zones = zonesOf(clusters);
    if (zones === undefined) return undefined;
    changed = false;
    for (const operation of possible) if (keepOut(operation, zones)) changed = true;
    if (possible.some(({ optional, start, end }) => !optional && end < start)) return undefined;
    possible = possible.filter(({ start, end }) => start <= end);
  }
  return possible;
}

/** By state, the operation that makes it: for states that exactly one makes and that do not come about unmade. */
function soleMakers(
  operations: readonly SearchOperation[],
  unmade: readonly number[],
): Map<number, SearchOperation> {
  const sole = new Map<number, SearchOperation>();
  // What a change makes depends on what it meets: it could be any state.
  if (operations.some(({ change }) => change !== undefined)) return sole;
  const several = new Set([...unmade, NO_STATE]);
  for (const operation of operations) {
    if (sole.delete(operation.makes)) several.add(operation.makes);
    else if (!several.has(operation.makes)) sole.set(operation.makes, operation);
  }
  return sole;
}

/** The sole maker of a state that a required operation needs is required itself, and so on along chains of them. */
function requireMakers(
  operations: readonly SearchOperation[],
  makers: ReadonlyMap<number, SearchOperation>,
): void {
  for (const required of operations.filter(({ optional }) => !optional)) {
    let maker = makers.get(onlyState(required));
    while (maker?.optional) {
      maker.optional = false;
      maker = makers.get(onlyState(maker));
    }
  }
}

/** A sole maker and the required operations that need what it makes. */
interface Cluster {
  readonly state: number;
  readonly maker: SearchOperation;
  readonly needing: SearchOperation[];
}

function clustersOf(
  operations: readonly SearchOperation[],
  makers: ReadonlyMap<number, SearchOperation>,
): Cluster[] {
  const clusters = new Map<number, Cluster>();
  for (const operation of operations) {
    const state = onlyState(operation);
    const maker = makers.get(state);
    if (operation.optional || maker === undefined) continue;
    const cluster = clusters.get(state);
    if (cluster === undefined) clusters.set(state, { state, maker, needing: [operation] });
    else cluster.needing.push(operation);
  }
  return [...clusters.values()];
}

/** A time in which a state holds for certain. */
interface Zone {
  readonly cluster: Cluster;
  readonly from: number;
  readonly to: number;
}

/** In order of time; undefined when two overlap. Narrows the operations of each cluster by one another. */
function zonesOf(clusters: readonly Cluster[]): Zone[] | undefined {
  const zones: Zone[] = [];
  for (const cluster of clusters) {
    const { maker, needing } = cluster;
    let to = maker.start;
    for (const operation of needing) {
      operation.start = max(operation.start, maker.start);
      maker.end = min(maker.end, operation.end);
      to = max(to, operation.start);
    }
    if (maker.end < to) zones.push({ cluster, from: maker.end, to });
  }
  zones.sort((a, b) => a.from - b.from);
  const overlap = zones.some(({ to }, i) => (zones[i + 1]?.from ?? Infinity) < to);
  return overlap ? undefined : zones;
}

/**
 * Takes zones away from either end of the time of an operation that makes or needs another state. Also of the one that
 * needs the zone's state in order to change it: it comes after all others that need it.
 */
function keepOut(operation: SearchOperation, zones: readonly Zone[]): boolean {
  const { start, end } = operation;
  const atStart = zoneAround(start, zones);
  if (atStart !== undefined && opposes(operation, atStart.cluster)) operation.start = atStart.to;
  const atEnd = zoneAround(end, zones);
  if (atEnd !== undefined && opposes(operation, atEnd.cluster)) operation.end = atEnd.from;
  return operation.start !== start || operation.end !== end;
}

function opposes(operation: SearchOperation, { state, maker }: Cluster): boolean {
  return operation !== maker && !(operation.keeps && allows(operation, state));
}

/** The zone in whose interior a time lies. */
function zoneAround(time: number, zones: readonly Zone[]): Zone | undefined {
  let low = 0;
  let high = zones.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (must(zones[middle]).from < time) low = middle + 1;
    else high = middle;
  }
  const zone = zones[low - 1];
  return zone !== undefined && time < zone.to ? zone : undefined;
}

/**
 * Without the optional operations that put a value nobody asks about in the place of another value, when nobody asks
 * whether that one is gone either: an order with such an operation is one without it as well.
 */
export function leaveOutInconsequential(operations: readonly SearchOperation[]): SearchOperation[] {
  const asked = new Set<number>();
  const excluded = new Set<number>();
  for (const operation of operations) {
    for (const state of [operation.named, ...(operation.others ?? [])]) {
      asked.add(state);
      if (operation.excludes) excluded.add(state);
    }
  }
  const anyChange = operations.some(({ change }) => change !== undefined);
  return operations.filter((operation) => {
    const { optional, makes } = operation;
    const from = onlyState(operation);
    const replaces = from > ABSENT && makes > ABSENT;
    return anyChange || !optional || !replaces || asked.has(makes) || excluded.has(from);
  });
}
