import {
  ConfigError,
  EnvironmentReader,
  misspeltSettings,
  readDataNodeSettings,
  readLogLevel,
  requirePasswordFor,
  unsupported,
  UNSUPPORTED,
  type DataNodeSettings,
  type Environment,
  type LogLevel,
} from '@distributed-cache/config';
import { MAX_BUDGET } from '@distributed-cache/store';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export interface Config {
  readonly respHost: string;
  /** 0 for any that is free. */
  readonly respPort: number;
  /** What `AUTH` must carry; undefined when everybody may. */
  readonly password: string | undefined;
  readonly maxClients: number;
  /** Whether clients may run DEBUG, and end the process. */
  readonly enableDebugCommand: boolean;
  readonly enableShutdown: boolean;
  readonly nodeId: string | undefined;
  readonly dataNode: DataNodeSettings;
  readonly logLevel: LogLevel;
  /** What to warn of: variables that look like settings and are none. */
  readonly misspelt: string | undefined;
}

/**
 * Reads the configuration, by default of this process.
 * @throws {ConfigError} at the first setting that cannot be used
 */
export function loadConfig(
  environment: Environment = process.env,
  options: readonly string[] = process.argv.slice(2),
): Config {
  if (options.length > 0) {
    throw new ConfigError(
      `Unknown option ${JSON.stringify(options[0])}: data-node-server takes no options, only environment variables.`,
    );
  }
  const read = new EnvironmentReader(environment);
  read.refuse(UNSUPPORTED);
  if (read.integer('DATA_NODES', 1, 256, 1) > 1) throw unsupported('DATA_NODES over 1');
  const password = read.password('PASSWORD');
  const config: Config = {
    respHost: read.host('RESP_HOST', '127.0.0.1'),
    respPort: read.integer('RESP_PORT', 0, 65_535, 6379),
    password,
    maxClients: read.integer('MAX_CLIENTS', 1, 1_000_000, 10_000),
    enableDebugCommand: read.flag('ENABLE_DEBUG_COMMAND', false),
    enableShutdown: read.flag('ENABLE_SHUTDOWN', password !== undefined),
    nodeId: read.text('NODE_ID', 256),
    dataNode: readDataNodeSettings(read, MAX_BUDGET),
    logLevel: readLogLevel(read),
    misspelt: misspeltSettings(environment),
  };
  requirePasswordFor('RESP_HOST', config.respHost, config.password, read.flag('ALLOW_OPEN', false));
  return config;
}
