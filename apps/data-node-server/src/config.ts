import {
  EnvironmentReader,
  misspeltSettings,
  readDataNodeSettings,
  readServerSettings,
  refuseOptions,
  requirePasswordFor,
  unsupported,
  UNSUPPORTED,
  type DataNodeSettings,
  type Environment,
  type ServerSettings,
} from '@distributed-cache/config';
import { MAX_BUDGET } from '@distributed-cache/store';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export interface Config extends ServerSettings {
  /** 0 for any that is free. */
  readonly respPort: number;
  readonly nodeId: string | undefined;
  readonly dataNode: DataNodeSettings;
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
  refuseOptions('data-node-server', options);
  const read = new EnvironmentReader(environment);
  read.refuse(UNSUPPORTED);
  if (read.integer('DATA_NODES', 1, 256, 1) > 1) throw unsupported('DATA_NODES over 1');
  const config: Config = {
    ...readServerSettings(read),
    respPort: read.integer('RESP_PORT', 0, 65_535, 6379),
    nodeId: read.text('NODE_ID', 256),
    dataNode: readDataNodeSettings(read, MAX_BUDGET),
    misspelt: misspeltSettings(environment),
  };
  requirePasswordFor('RESP_HOST', config.respHost, config.password, read.flag('ALLOW_OPEN', false));
  return config;
}
