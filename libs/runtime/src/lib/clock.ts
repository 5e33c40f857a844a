/**
 * Where data nodes and cache managers take time from. Their deadlines, expiries and intervals run on one of these, so that
 * a test can move time by hand (`ManualClock` in `@distributed-cache/test-kit` has the same shape). What belongs to a
 * process and its sockets (limits of connections, the end after a signal) runs on timers of Node.js.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock, 0 or more; may have a fraction. Only differences mean anything. */
  now(): number;
  /**
   * Runs `task` once, `delay` milliseconds from now (at most 2^31 - 1); with 0, when the current turn of the event loop
   * is over. Returns a function that cancels it.
   */
  schedule(delay: number, task: () => void): () => void;
}

/**
 * The process's monotonic clock. Its timers do not keep the process alive. A task without delay does, for the turn that
 * is left: one that did not would only run when something else woke the event loop up.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delay, task) => {
    if (delay <= 0) {
      const immediate = setImmediate(task);
      return () => {
        clearImmediate(immediate);
      };
    }
    const timer = setTimeout(task, delay).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
