import type { EnvironmentReader } from './environment.ts';

/** Each says what those before it say, and more. */
export const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function readLogLevel(read: EnvironmentReader): LogLevel {
  return read.choice('LOG_LEVEL', LOG_LEVELS, 'log');
}
