import { RingError } from './errors.ts';
import { byId, checkRoomFor, checkedMember, type WeightedMember } from './member.ts';
import { type HashFunction, murmur3 } from './murmur3.ts';
import { KEY_SEED, RingPoints } from './ring-points.ts';

/** With 1,000 points a node's share of the ring strays from its weight by some 3 % (one over the square root). */
export const DEFAULT_VIRTUAL_NODES = 1000;
const MAX_VIRTUAL_NODES = 100_000;

export interface HashRingOptions {
  /**
   * Points of a node of weight 1: an integer from 1 to 100,000; 1,000 when absent. More points mean a fairer ring
   * (the spread falls with the square root), and more memory (10 to 14 bytes each) and time to rebuild (about 0.1 ms
   * for 1,000 points). All processes that share a ring need the same number.
   */
  readonly virtualNodes?: number;
  /** MurmurHash3 when absent. All processes that share a ring need the same function. */
  readonly hash?: HashFunction;
}

/**
 * Consistent hashing with virtual nodes (Karger et al. 1997): each node has many pseudo-random points on a circle of
 * 2^32 positions, and a key belongs to the node of the first point clockwise from the key's own position. When a node
 * comes or goes, only the keys that it wins or loses change owner.
 *
 * A ring is a function of its nodes' ids and weights alone: the order in which they came, and nodes that came and
 * went, leave no trace.
 *
 * The points are computed by the first lookup after a change, so building a ring of many nodes costs one sort.
 */
export class HashRing {
  readonly #virtualNodes: number;
  readonly #hash: HashFunction;
  readonly #members = new Map<string, WeightedMember>();
  /** Sorted member ids, and points that refer to them; undefined when there are none, or not since the last change. */
  #ids: readonly string[] = [];
  #points: RingPoints | undefined;

  constructor({ virtualNodes = DEFAULT_VIRTUAL_NODES, hash = murmur3 }: HashRingOptions = {}) {
    if (!Number.isInteger(virtualNodes) || virtualNodes < 1 || virtualNodes > MAX_VIRTUAL_NODES) {
      const message = `virtualNodes must be an integer from 1 to ${MAX_VIRTUAL_NODES}, not ${virtualNodes}.`;
      throw new RingError('INVALID_VIRTUAL_NODES', message, virtualNodes);
    }
    this.#virtualNodes = virtualNodes;
    this.#hash = hash;
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#members.size;
  }

  /** The nodes with their weights, sorted by id. */
  get members(): readonly WeightedMember[] {
    return [...this.#members.values()].sort(byId);
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  /**
   * Adds a node, or gives a node that is there another weight. Answers whether the ring changed: adding the same node
   * with the same weight again does nothing.
   *
   * @throws RingError INVALID_ID, INVALID_WEIGHT or TOO_MANY_MEMBERS (1,000)
   */
  add(id: string, weight = 1): boolean {
    const member = checkedMember({ id, weight });
    const present = this.#members.get(id);
    if (present?.weight === weight) return false;
    if (present === undefined) checkRoomFor(id, this.#members.size);
    this.#members.set(id, member);
    this.#points = undefined;
    return true;
  }

  /** Answers whether the node was there. Removing one that was not does nothing. */
  remove(id: string): boolean {
    if (!this.#members.delete(id)) return false;
    this.#points = undefined;
    return true;
  }

  /** The node that owns the key; undefined when the ring is empty. */
  owner(key: string): string | undefined {
    const points = this.#points ?? this.#build();
    if (points === undefined) return undefined;
    return this.#ids[points.owners[points.at(this.#hash(key, KEY_SEED) >>> 0)]!];
  }

  /**
   * The first `count` different nodes clockwise from the key, its owner first; all nodes when there are fewer. If the
   * owner leaves, the second one becomes the owner.
   *
   * @throws RingError INVALID_COUNT unless `count` is a non-negative integer
   */
  owners(key: string, count: number): string[] {
    if (!Number.isInteger(count) || count < 0) {
      throw new RingError('INVALID_COUNT', `count must be a non-negative integer, not ${count}.`, count);
    }
    const points = this.#points ?? this.#build();
    const found: string[] = [];
    if (points === undefined) return found;
    const wanted = Math.min(count, this.size);
    const seen = new Uint8Array(this.size);
    let point = points.at(this.#hash(key, KEY_SEED) >>> 0);
    while (found.length < wanted) {
      const member = points.owners[point]!;
      if (seen[member] === 0) {
        seen[member] = 1;
        found.push(this.#ids[member]!);
      }
      point = points.after(point);
    }
    return found;
  }

  #build(): RingPoints | undefined {
    if (this.size === 0) return undefined;
    const members = this.members;
    this.#ids = members.map(({ id }) => id);
    return (this.#points = new RingPoints(members, this.#virtualNodes, this.#hash));
  }
}
