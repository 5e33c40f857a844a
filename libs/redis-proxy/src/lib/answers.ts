import { isLater, type Answer } from '@distributed-cache/data-node';

// Work with answers that are there at once, if all are, and come later, if one does.

export function after<T, U>(answer: Answer<T>, then: (answer: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(then) : then(answer);
}

/** Makes all calls. A failure leaves no other one without somebody who waits for it. */
export function all<T>(calls: readonly (() => Answer<T | undefined>)[]): Answer<T[]> {
  const answers = calls.map((call): Answer<T | undefined> => {
    try {
      return call();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  });
  if (answers.some(isLater)) return Promise.all(answers) as Promise<T[]>;
  return answers as T[];
}

/** Calls `proceed` until it answers true: at once, as long as it answers at once. */
export function drive(proceed: () => Answer<boolean>): Answer<void> {
  for (;;) {
    const done = proceed();
    if (isLater(done)) return driveOn(proceed, done);
    if (done) return undefined;
  }
}

async function driveOn(proceed: () => Answer<boolean>, first: Promise<boolean>): Promise<void> {
  let done = await first;
  while (!done) done = await proceed();
}
