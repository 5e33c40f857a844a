import { TestKitError } from './errors.ts';
import type { HistoryEntry, Operation, ResultOf } from './history.ts';

/** An operation that was begun. Until it is settled its outcome is unknown. */
export interface OpenOperation<O extends Operation> {
  /** The answer arrived. */
  answered(result: ResultOf<O>): void;
  /** It certainly had no effect and never will (it was refused, it was not sent): the history forgets it. */
  refused(): void;
}

/**
 * Writes down what concurrent clients did to a cache, for `checkLinearizable`.
 *
 * Times come from a counter by default, which orders everything within one process without ties. Operations recorded in
 * several processes need a common clock, which must be monotonic and the same for all of them.
 */
export class HistoryRecorder {
  readonly #now: () => number;
  readonly #operations = new Set<RecordedOperation>();
  readonly #losses: Loss[] = [];

  constructor(now?: () => number) {
    let counter = 0;
    this.#now = now ?? (() => ++counter);
  }

  /** Call it before the operation is sent. */
  begin<O extends Operation>(client: string, key: string, operation: O): OpenOperation<O> {
    const recorded: RecordedOperation = { client, key, operation, start: this.#now(), end: Infinity };
    this.#operations.add(recorded);
    let open = true;
    const settle = () => {
      if (!open) {
        throw new TestKitError('INVALID_ARGUMENT', `an operation of client ${client} was settled twice`);
      }
      open = false;
    };
    return {
      answered: (result) => {
        settle();
        recorded.end = this.#now();
        if (operation.type !== 'set') recorded.result = result as HistoryEntry['result'];
      },
      refused: () => {
        settle();
        this.#operations.delete(recorded);
      },
    };
  }

  /**
   * Records one call and passes on what it answers or throws. An error leaves the outcome unknown, unless
   * `hadNoEffect` says that this error means the operation was refused.
   */
  async run<O extends Operation>(
    client: string,
    key: string,
    operation: O,
    call: () => PromiseLike<ResultOf<O>> | ResultOf<O>,
    hadNoEffect: (error: unknown) => boolean = () => false,
  ): Promise<ResultOf<O>> {
    const open = this.begin(client, key, operation);
    let result: ResultOf<O>;
    try {
      result = await call();
    } catch (error) {
      if (hadNoEffect(error)) open.refused();
      throw error;
    }
    open.answered(result);
    return result;
  }

  /**
   * From now until the returned function is called, entries of these keys (of all keys when none are given) may vanish,
   * each once: a data node is being lost. Without that call they may vanish at any later time.
   */
  beginLoss(keys?: Iterable<string>): () => void {
    const loss: Loss = { keys: keys && [...keys], start: this.#now(), end: Infinity };
    this.#losses.push(loss);
    return () => {
      if (loss.end === Infinity) loss.end = this.#now();
    };
  }

  /** What was recorded up to now. Operations still open are of unknown outcome. */
  history(): HistoryEntry[] {
    const operations = [...this.#operations].map((recorded) => ({ ...recorded }));
    const allKeys = new Set(operations.map(({ key }) => key));
    const losses = this.#losses.flatMap(({ keys, start, end }) =>
      [...(keys ?? allKeys)].map((key) => ({
        client: 'loss',
        key,
        operation: { type: 'lose' as const },
        start,
        end,
      })),
    );
    return [...operations, ...losses];
  }
}

type RecordedOperation = { -readonly [K in keyof HistoryEntry]: HistoryEntry[K] };

interface Loss {
  readonly keys: readonly string[] | undefined;
  readonly start: number;
  end: number;
}
