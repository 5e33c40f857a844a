import { GREATER, PERCENT, PIPE, TILDE } from './bytes.ts';
import { Attributed, Push, type Reply } from './reply.ts';

/** An array, map, set, push message or attributes whose elements are still coming. */
export interface Aggregate {
  /** The byte that it began with. */
  readonly type: number;
  readonly items: Reply[];
  /** Elements to come. */
  remaining: number;
  /** Attributes that came before it, for what it becomes. */
  readonly attributes: Map<Reply, Reply> | undefined;
}

/** Elements that an announced length stands for: maps count pairs. */
export function elementsOf(type: number, length: number): number {
  return type === PERCENT || type === PIPE ? length * 2 : length;
}

/** Adds what comes as keys and values in turn. */
export function addPairs(items: readonly Reply[], map: Map<Reply, Reply>): Map<Reply, Reply> {
  let key: Reply | undefined;
  for (const item of items) {
    if (key !== undefined) map.set(key, item);
    key = key === undefined ? item : undefined;
  }
  return map;
}

/** The value of an aggregate whose elements are all there. */
export function finished(type: number, items: Reply[]): Reply {
  switch (type) {
    case PERCENT:
      return addPairs(items, new Map());
    case TILDE:
      return new Set(items);
    case GREATER:
      return new Push(items);
    default:
      return items;
  }
}

export function withAttributes(value: Reply, attributes: ReadonlyMap<Reply, Reply> | undefined): Reply {
  return attributes === undefined ? value : new Attributed(attributes, value);
}
