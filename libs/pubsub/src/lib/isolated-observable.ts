import {
  Observable,
  Subscriber,
  type Observer,
  type Operator,
  type Subscription,
  type TeardownLogic,
} from 'rxjs';

/**
 * An Observable whose consumers cannot end the process. RxJS rethrows what a consumer's `next` throws from a timer of
 * its own, where only a process-wide hook can catch it, and ignores the promise of an asynchronous `next`, whose
 * rejection then goes unhandled. Here both go to `report`, and the consumer stays subscribed. So does an error that an
 * operator raises and no `error` callback takes; that one ends the stream of its consumer.
 *
 * `pipe` keeps the guard, because the operators of RxJS 7 make their result with `lift`. Creation functions (`merge`,
 * `combineLatest`) make plain Observables, for which RxJS's own rule holds.
 */
export class IsolatedObservable<T> extends Observable<T> {
  readonly #report: (error: unknown) => void;

  constructor(
    report: (error: unknown) => void,
    subscribe?: (this: Observable<T>, subscriber: Subscriber<T>) => TeardownLogic,
  ) {
    super(subscribe);
    this.#report = report;
  }

  /* eslint-disable @typescript-eslint/no-deprecated -- what RxJS 8 makes internal has no other name in RxJS 7 */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new IsolatedObservable<R>(this.#report);
    lifted.source = this;
    lifted.operator = operator;
    return lifted;
  }
  /* eslint-enable @typescript-eslint/no-deprecated */

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator further down: the guard stands around the consumer at its end.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const consumer: Partial<Observer<T>> =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext ?? undefined, error: error ?? undefined, complete: complete ?? undefined };
    return super.subscribe({
      next: (value) => this.#guard(() => consumer.next?.(value)),
      error: (failure) => {
        if (consumer.error) this.#guard(() => consumer.error?.(failure));
        else this.#report(failure);
      },
      complete: () => this.#guard(() => consumer.complete?.()),
    });
  }

  #guard(call: () => unknown): void {
    try {
      const result = call();
      if (result !== undefined) Promise.resolve(result).catch(this.#report);
    } catch (error) {
      this.#report(error);
    }
  }
}
