export { readDataNodeSettings, type DataNodeSettings } from './lib/data-node-settings.ts';
export { EnvironmentReader, isLoopback, requirePasswordFor, type Environment } from './lib/environment.ts';
export { ConfigError } from './lib/errors.ts';
export { explainListenError } from './lib/listen-error.ts';
export { explainMemoryError } from './lib/memory-error.ts';
export { GIBIBYTE, KIBIBYTE, MEBIBYTE } from './lib/sizes.ts';
