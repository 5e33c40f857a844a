import { describe, expect, test } from '@jest/globals';
import { firstValueFrom, map, Subject, toArray } from 'rxjs';
import { IsolatedObservable } from './isolated-observable.ts';

const failure = new Error('consumer');
const fail = (): never => {
  throw failure;
};

function isolate() {
  const source = new Subject<number>();
  const reported: unknown[] = [];
  const numbers$ = new IsolatedObservable<number>(
    (error) => reported.push(error),
    (consumer) => source.subscribe(consumer),
  );
  return { source, reported, numbers$ };
}

describe('IsolatedObservable', () => {
  test.each<[string, (numbers$: IsolatedObservable<number>, seen: number[]) => void]>([
    [
      'a function',
      (numbers$, seen) =>
        numbers$.subscribe((n) => {
          seen.push(n);
          fail();
        }),
    ],
    [
      'an observer',
      (numbers$, seen) =>
        numbers$.subscribe({
          next: (n) => {
            seen.push(n);
            fail();
          },
        }),
    ],
    [
      'an asynchronous function',
      (numbers$, seen) =>
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- that one may is what is tested
        numbers$.subscribe(async (n) => {
          seen.push(n);
          await Promise.reject(failure);
        }),
    ],
    [
      'a function behind operators',
      (numbers$, seen) =>
        numbers$
          .pipe(
            map((n) => n),
            map((n) => n),
          )
          .subscribe((n) => {
            seen.push(n);
            fail();
          }),
    ],
  ])('reports what %s throws, and leaves it subscribed', async (_, consume) => {
    const { source, reported, numbers$ } = isolate();
    const seen: number[] = [];
    consume(numbers$, seen);
    source.next(1);
    source.next(2);
    await new Promise(setImmediate);
    expect(seen).toEqual([1, 2]);
    expect(reported).toEqual([failure, failure]);
  });

  test('reports an error that no callback takes', () => {
    const { source, reported, numbers$ } = isolate();
    numbers$.pipe(map(fail)).subscribe();
    source.next(1);
    expect(reported).toEqual([failure]);
  });

  test('hands an error to the callback that takes it, and reports what that throws', () => {
    const { source, reported, numbers$ } = isolate();
    const taken: unknown[] = [];
    numbers$.pipe(map(fail)).subscribe({ error: (error) => taken.push(error) });
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- callers may yet use it
    numbers$.pipe(map(fail)).subscribe(null, fail);
    source.next(1);
    expect(taken).toEqual([failure]);
    expect(reported).toEqual([failure]);
  });

  test('reports what complete throws', () => {
    const { source, reported, numbers$ } = isolate();
    numbers$.subscribe({ complete: fail });
    numbers$.subscribe(undefined, undefined, fail);
    source.complete();
    expect(reported).toEqual([failure, failure]);
  });

  test('is an Observable like any other where nobody fails', async () => {
    const { source, reported, numbers$ } = isolate();
    const doubled = firstValueFrom(
      numbers$.pipe(
        map((n) => 2 * n),
        toArray(),
      ),
    );
    const summed: number[] = [];
    const each = numbers$.forEach((n) => summed.push(n));
    const gone = numbers$.subscribe(fail);
    gone.unsubscribe();
    source.next(1);
    source.next(2);
    source.complete();
    await each;
    expect([await doubled, summed, reported]).toEqual([[2, 4], [1, 2], []]);
    expect(source.observed).toBe(false);
  });
});
