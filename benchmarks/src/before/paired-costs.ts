import { median } from '../throughput.ts';

/** Another build, ours, and the other one once more: how far its two differ shows what chance does. */
export const CONTENDERS = ['before', 'now', 'before again'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** The order of a round. It rotates, since who comes first finds another machine than who comes last. */
export function orderOf(round: number): Contender[] {
  const first = round % CONTENDERS.length;
  return [...CONTENDERS.slice(first), ...CONTENDERS.slice(0, first)];
}

/** Processor time per request of each contender in one round. */
export type Costs = Readonly<Record<Contender, number>>;

/** Of the rounds' ratios. */
export interface Spread {
  readonly lowest: number;
  readonly median: number;
  readonly highest: number;
}

export interface Comparison {
  readonly name: string;
  /** Median costs. */
  readonly before: number;
  readonly now: number;
  /** Ours over the other build, each pair from one round. */
  readonly ratio: Spread;
  /** The other build over itself. */
  readonly noise: Spread;
}

/** Collects what was measured by the name of its row, in the order in which names come. */
export class PairedCosts {
  readonly #rows = new Map<string, Costs[]>();

  add(name: string, costs: Costs): void {
    const rounds = this.#rows.get(name);
    if (rounds === undefined) this.#rows.set(name, [costs]);
    else rounds.push(costs);
  }

  comparisons(): Comparison[] {
    return [...this.#rows].map(([name, rounds]) => ({
      name,
      before: median(rounds.map(({ before }) => before)),
      now: median(rounds.map(({ now }) => now)),
      ratio: spread(rounds.map(({ before, now }) => now / before)),
      noise: spread(rounds.map((costs) => costs['before again'] / costs.before)),
    }));
  }
}

function spread(ratios: readonly number[]): Spread {
  return { lowest: Math.min(...ratios), median: median(ratios), highest: Math.max(...ratios) };
}
