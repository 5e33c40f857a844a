/**
 * Where time comes from. Every deadline, expiry and interval of the project runs on one of these, so that a test can
 * move time by hand (`ManualClock` in `@distributed-cache/test-kit` has the same shape).
 */
export interface Clock {
  /** Milliseconds on a monotonic clock; may have a fraction. Only differences mean anything. */
  now(): number;
  /** Runs `task` once, `delay` milliseconds from now. Returns a function that cancels it. */
  schedule(delay: number, task: () => void): () => void;
}

/** The process's monotonic clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delay, task) => {
    const timer = setTimeout(task, delay);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
