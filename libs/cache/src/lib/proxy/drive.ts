import { isLater, type Answer } from '../data-node-client.ts';

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
