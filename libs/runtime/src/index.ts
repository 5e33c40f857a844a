export { cloneBytes, copyBytes } from './lib/bytes.ts';
export { systemClock, type Clock } from './lib/clock.ts';
export { within } from './lib/deadline.ts';
export { EventClock } from './lib/event-clock.ts';
export { IdleCollector } from './lib/idle-collector.ts';
export { SharedTurns, type Work } from './lib/shared-turns.ts';
