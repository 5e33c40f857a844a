import { BitSet } from './bit-set.ts';
import { END, EventList } from './event-list.ts';
import type { HistoryEntry } from './history.ts';
import { must } from './must.ts';
import {
  ABSENT,
  allows,
  INDIFFERENT,
  NO_STATE,
  onlyState,
  type SearchOperation,
} from './search-operation.ts';
import type { SearchProblem } from './search-problem.ts';

export type SearchResult =
  /** An order in which all operations fit, those of unknown outcome that are not in it aside. */
  | { readonly outcome: 'found'; readonly order: readonly HistoryEntry[] }
  | { readonly outcome: 'impossible' }
  /** The steps were used up; `furthest` is the most operations that could be put in order. */
  | { readonly outcome: 'undecided'; readonly furthest: number };

/** What a move costs beyond the operations that are looked at for it; limits the memory for dead ends as well. */
const STEPS_PER_MOVE = 250;

/** A move that is no operation: the entry vanishes of itself. */
const VANISH = -1;

interface Move {
  /** An operation that takes effect (i), a passing one that is given up (count + i), or VANISH. */
  readonly move: number;
  readonly rank: number;
  readonly end: number;
}

/** A point of the search from which there are several ways on. */
interface Choice {
  readonly state: number;
  /** How many moves had been made. */
  readonly depth: number;
  readonly moves: Move[];
  /** Whether `moves` has them all, or only the best one. */
  complete: boolean;
  tried: number;
  /** The kinds of operations that were tried. */
  readonly kinds: Set<string>;
  /** For each guard of an operation that failed here and left an indifferent state, its end. */
  readonly failedIndifferent: Map<number, number>;
}

/**
 * Looks for an order of one key's operations that explains all answers: the search of Jeannette Wing and Chun Gong
 * ("Testing and verifying concurrent objects", 1993) with the improvements of Gavin Lowe ("Testing for
 * linearizability", 2017), on an explicit stack. At each step it lets one of the operations take effect that began
 * before any remaining one ended; where no way leads on it goes back to the last choice, and it remembers
 * the pairs (operations done, state) that lead nowhere, since the order in which they were reached does not matter.
 *
 * The problem is NP-complete, and what makes the plain search explode is many concurrent writes: n of them can be done
 * in 2^n sets. These rules cut that down; each only leaves out ways that lead nowhere, or for each of which one that
 * is kept leads on just as well.
 *
 * 1. *Readers at once.* An operation that fits and changes nothing is done as soon as it can be. If it comes
 *    later in some order, that order without it there and with it here is one as well.
 * 2. *No stranding.* A state that remaining operations need and that none can make again is not left.
 * 3. *Equals by their ends.* Of operations that differ in time alone only the one that ends first is tried: if
 *    an order has the other one here and this one later, exchange them; what lies between began before this one
 *    ended, so before the other one ended.
 * 4. *Indifferent values.* A value that no remaining operation asks about is as good as any other such value, and so
 *    are two writes with the same guard whose values have become so, each together with all that read it: the argument
 *    of rule 3 holds for such groups as a whole (`narrow` has given the write the earliest end in its group). It takes
 *    that nobody else can make that value; hence unique values per write are what makes a check fast.
 *
 * With these, unique values and answers for all writes, the sets that remain are "the first i writes and the first j
 * deletes by their ends", a number that grows with the square of concurrency rather than exponentially. Operations of
 * unknown outcome that nobody saw, several values that are each written several times, and unknown increments make it
 * larger; hence the limit on steps.
 *
 * Which way is tried first matters for correct histories: whatever makes the most urgent operation possible.
 */
export function searchLinearization(problem: SearchProblem, maxSteps: number): SearchResult {
  return new LinearizationSearch(problem).run(maxSteps);
}

class LinearizationSearch {
  readonly #operations: readonly SearchOperation[];
  readonly #list: EventList;
  readonly #done: readonly [required: BitSet, optional: BitSet];
  #state: number;
  /** In order: operation i, or count + i for a passing one that is given up. */
  readonly #made: number[] = [];
  #requiredLeft = 0;
  /** Operations looked at. */
  #steps = 0;

  // What the remaining operations are, by state.
  /** How many name it in their guards. */
  readonly #asking: number[];
  /** How many required ones are possible in it alone. */
  readonly #needing: number[];
  /** How many leave it behind. */
  readonly #making: number[];
  /** How many leave behind a state that depends on what they meet. */
  #changing = 0;

  /** Which (operations done, state) lead nowhere. */
  readonly #dead = new Set<string>();

  constructor(private readonly problem: SearchProblem) {
    this.#operations = problem.operations;
    this.#list = new EventList(problem.operations);
    this.#done = [new BitSet(problem.required), new BitSet(problem.operations.length - problem.required)];
    this.#state = problem.initial;
    this.#asking = new Array<number>(problem.states.count).fill(0);
    this.#needing = [...this.#asking];
    this.#making = [...this.#asking];
    for (const operation of this.#operations) this.#count(operation, 1);
  }

  run(maxSteps: number): SearchResult {
    for (let state = 0; state < this.#needing.length; state++) {
      if (state !== this.#state && this.#stranded(state)) return { outcome: 'impossible' };
    }
    this.#readersAtOnce();
    let furthest = this.#requiredLeft;
    const choices = [this.#choice()];
    while (this.#requiredLeft > 0) {
      const choice = choices.at(-1);
      if (choice === undefined) return { outcome: 'impossible' };
      const move = this.#nextMove(choice);
      if (move === undefined) {
        this.#dead.add(this.#key());
        choices.pop();
        const before = choices.at(-1);
        if (before !== undefined) this.#goBack(before);
        continue;
      }
      if (!this.#firstOfItsKind(choice, move)) continue;
      this.#steps += STEPS_PER_MOVE;
      if (this.#steps > maxSteps) return { outcome: 'undecided', furthest: this.problem.required - furthest };
      this.#make(move);
      if (this.#leadsNowhere(choice, move)) {
        this.#goBack(choice);
        continue;
      }
      if (this.#requiredLeft < furthest) furthest = this.#requiredLeft;
      choices.push(this.#choice());
    }
    return { outcome: 'found', order: this.#order() };
  }

  // Moves.

  #make(move: number): void {
    const count = this.#operations.length;
    if (move === VANISH) {
      this.#state = ABSENT;
    } else {
      const operation = must(this.#operations[move % count]);
      if (move < count) this.#state = this.#target(operation);
      this.#takeOut(move);
    }
    this.#readersAtOnce();
  }

  /** Rule 1. One walk is enough: what does not fit when the walk passes does not fit afterwards either. */
  #readersAtOnce(): void {
    const list = this.#list;
    for (let event = list.after(END); event !== END && !list.isEnd(event); event = list.after(event)) {
      const index = list.operationOf(event);
      const operation = must(this.#operations[index]);
      this.#steps++;
      if (operation.keeps && allows(operation, this.#state)) this.#takeOut(index);
    }
    if (this.#state > ABSENT && !this.#asking[this.#state] && this.#changing === 0) {
      this.#state = INDIFFERENT;
    }
  }

  #takeOut(move: number): void {
    const index = move % this.#operations.length;
    const operation = must(this.#operations[index]);
    this.#made.push(move);
    this.#list.takeOut(index);
    this.#mark(index, operation, true);
    this.#count(operation, -1);
  }

  #goBack(choice: Choice): void {
    while (this.#made.length > choice.depth) {
      const index = must(this.#made.pop()) % this.#operations.length;
      const operation = must(this.#operations[index]);
      this.#list.putBack(index);
      this.#mark(index, operation, false);
      this.#count(operation, 1);
    }
    this.#state = choice.state;
  }

  #mark(index: number, operation: SearchOperation, done: boolean): void {
    const set = this.#done[operation.optional ? 1 : 0];
    const member = operation.optional ? index - this.problem.required : index;
    if (done) set.add(member);
    else set.delete(member);
  }

  #count(operation: SearchOperation, by: 1 | -1): void {
    if (operation.named !== NO_STATE) add(this.#asking, operation.named, by);
    for (const state of operation.others ?? []) add(this.#asking, state, by);
    const needed = operation.optional ? NO_STATE : onlyState(operation);
    if (needed !== NO_STATE) add(this.#needing, needed, by);
    if (operation.makes !== NO_STATE) add(this.#making, operation.makes, by);
    if (operation.change !== undefined) this.#changing += by;
    if (!operation.optional) this.#requiredLeft += by;
  }

  // Judging moves.

  /** The state that an operation leaves behind in this one. */
  #target(operation: SearchOperation): number {
    if (operation.keeps) return this.#state;
    if (operation.change === undefined) return operation.makes;
    return this.problem.states.numberOf(operation.change(this.problem.states.stateOf(this.#state)));
  }

  /** Remaining operations need this state, and once it is left none can bring it back. */
  #stranded(state: number, makersLeft = 0): boolean {
    if (!this.#needing[state] || (this.#making[state] ?? 0) > makersLeft || this.#changing > 0) return false;
    return state !== ABSENT || !this.problem.mayVanish;
  }

  /** Rule 3: operations of one kind come in the order of their ends. */
  #firstOfItsKind(choice: Choice, move: number): boolean {
    const operation = this.#operations[move];
    if (operation === undefined || isPassing(operation)) return true;
    if (choice.kinds.has(operation.kind)) return false;
    choice.kinds.add(operation.kind);
    return true;
  }

  /** Whether there is no point in going on from where this move has just led. */
  #leadsNowhere(choice: Choice, move: number): boolean {
    const operation = this.#operations[move];
    // It changed nothing and nobody saw it: an operation of unknown outcome may as well not take effect.
    const unseen = this.#state === choice.state && this.#made.length === choice.depth + 1;
    if (operation?.optional && unseen) return true;
    // Rule 4.
    if (operation?.solelyMakes && this.#state === INDIFFERENT) {
      const failed = choice.failedIndifferent.get(operation.guard);
      if (failed !== undefined && failed <= operation.end) return true;
      choice.failedIndifferent.set(operation.guard, operation.end);
    }
    return this.#dead.size > 0 && this.#dead.has(this.#key());
  }

  #key(): string {
    return `${this.#state} ${this.#done[0].key()} ${this.#done[1].key()}`;
  }

  // Which moves there are.

  /** A choice on correct histories is nearly always right at once, so only the best move is looked for at first. */
  #choice(): Choice {
    let best: Move | undefined;
    this.#eachMove((move, rank, end) => {
      if (best === undefined || rank < best.rank || (rank === best.rank && end < best.end)) {
        best = { move, rank, end };
      }
    });
    return {
      state: this.#state,
      depth: this.#made.length,
      moves: best === undefined ? [] : [best],
      complete: best === undefined,
      tried: 0,
      kinds: new Set(),
      failedIndifferent: new Map(),
    };
  }

  #nextMove(choice: Choice): number | undefined {
    if (choice.tried === choice.moves.length && !choice.complete) this.#complete(choice);
    return choice.moves[choice.tried++]?.move;
  }

  #complete(choice: Choice): void {
    const others: Move[] = [];
    const best = choice.moves[0]?.move;
    this.#eachMove((move, rank, end) => {
      if (move !== best) others.push({ move, rank, end });
    });
    others.sort((a, b) => a.rank - b.rank || (a.end === b.end ? 0 : a.end - b.end));
    choice.moves.push(...others);
    choice.complete = true;
  }

  /**
   * The open operations that fit, a passing one that must be given up before time can go on, and vanishing. They rank
   * by what they do for the most urgent operation, the one that ends first: what makes it possible, then what makes
   * such an operation possible. Otherwise what ends first comes first: that leaves most ways open for later.
   */
  #eachMove(visit: (move: number, rank: number, end: number) => void): void {
    const operations = this.#operations;
    const list = this.#list;
    const state = this.#state;
    let firstEnd = list.after(END);
    while (firstEnd !== END && !list.isEnd(firstEnd)) firstEnd = list.after(firstEnd);
    const urgent = this.#urgent(firstEnd);
    const fits = urgent === undefined || allows(urgent, state);
    const openers = fits ? [] : this.#openersOf(urgent, firstEnd);
    const rankOf = (target: number, optional: boolean) => {
      if (fits) return optional ? 1 : 0;
      if (allows(urgent, target)) return 0;
      if (openers.some((opener) => allows(opener, target))) return 1;
      return optional ? 3 : 2;
    };

    const held = state !== INDIFFERENT && this.#stranded(state);
    for (let event = list.after(END); event !== firstEnd; event = list.after(event)) {
      const index = list.operationOf(event);
      const operation = must(operations[index]);
      this.#steps++;
      if (!allows(operation, state)) continue;
      // Rule 2: out of a state that is needed only by way of the last operation that needs it.
      if (held && (operation.optional || onlyState(operation) !== state || this.#needing[state] !== 1))
        continue;
      visit(index, rankOf(this.#target(operation), operation.optional), operation.end);
    }
    if (firstEnd !== END && !this.#isRequired(firstEnd)) {
      const passing = list.operationOf(firstEnd);
      const { makes, end } = must(operations[passing]);
      if (makes === state || !this.#stranded(makes, 1)) {
        visit(operations.length + passing, fits ? 0 : 1, end);
      }
    }
    if (this.problem.mayVanish && state !== ABSENT && !held) {
      visit(VANISH, rankOf(ABSENT, true), Infinity);
    }
  }

  /** The required operation that ends first, from this end on. */
  #urgent(firstEnd: number): SearchOperation | undefined {
    let event = firstEnd;
    while (event !== END && !(this.#list.isEnd(event) && this.#isRequired(event)))
      event = this.#list.after(event);
    return event === END ? undefined : this.#operations[this.#list.operationOf(event)];
  }

  /** Open operations that make this one possible: one for each guard, for nothing else counts about them. */
  #openersOf(operation: SearchOperation, firstEnd: number): SearchOperation[] {
    const openers: SearchOperation[] = [];
    const list = this.#list;
    for (let event = list.after(END); event !== firstEnd; event = list.after(event)) {
      const open = must(this.#operations[list.operationOf(event)]);
      if (open.makes === NO_STATE || !allows(operation, open.makes)) continue;
      if (!openers.some(({ guard }) => guard === open.guard)) openers.push(open);
    }
    return openers;
  }

  #isRequired(event: number): boolean {
    return this.#list.operationOf(event) < this.problem.required;
  }

  #order(): HistoryEntry[] {
    return this.#made.flatMap((move) => this.#operations[move]?.entry ?? []);
  }
}

/** Optional only until its end, which is something else than optional for ever. */
function isPassing({ optional, end }: SearchOperation): boolean {
  return optional && end !== Infinity;
}

function add(counts: number[], state: number, by: number): void {
  counts[state] = (counts[state] ?? 0) + by;
}
