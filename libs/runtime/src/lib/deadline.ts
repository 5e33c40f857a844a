import type { Clock } from './clock.ts';

/**
 * Settles as `promise` does, or, when that takes longer than `limit` milliseconds, rejects with what `expire` returns.
 * What the promise comes to after that is ignored, a rejection too.
 */
export function within<T>(clock: Clock, limit: number, promise: Promise<T>, expire: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.schedule(limit, () => {
      reject(expire());
    });
    promise.then(resolve, reject).finally(cancel);
  });
}
