/** The version of Redis whose semantics and texts this follows: clients decide by it what they may send. */
export const REDIS_VERSION = '7.0.15';
