export { readDataNodeSettings, type DataNodeSettings } from './lib/data-node-settings.ts';
export { EnvironmentReader, isLoopback, requirePasswordFor, type Environment } from './lib/environment.ts';
export { ConfigError } from './lib/errors.ts';
export { live, type LifeOptions } from './lib/life.ts';
export { explainListenError } from './lib/listen-error.ts';
export { LOG_LEVELS, readLogLevel, type LogLevel } from './lib/log-level.ts';
export { explainMemoryError } from './lib/memory-error.ts';
export { misspeltSettings, SETTINGS } from './lib/misspelt.ts';
export { GIBIBYTE, KIBIBYTE, MEBIBYTE } from './lib/sizes.ts';
