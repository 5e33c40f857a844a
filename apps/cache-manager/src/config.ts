import { MAX_BUDGET } from '@distributed-cache/store';
import {
  EnvironmentReader,
  misspeltSettings,
  readDataNodeSettings,
  readServerSettings,
  refuseOptions,
  requirePasswordFor,
  ServerSettings,
  UNSUPPORTED,
  type DataNodeSettings,
  type Environment,
} from '@distributed-cache/config';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export class Config extends ServerSettings {
  readonly httpHost!: string;
  readonly httpPort!: number;
  /** Undefined when there is no port for Redis clients. */
  readonly respPort!: number | undefined;
  /** Hosts, some with a port, that a request may name besides those of loopback. Lower case. */
  readonly allowedHosts!: readonly string[];
  readonly dataNodes!: number;
  /** Of each of them. */
  readonly dataNode!: DataNodeSettings;
  readonly operationTimeout!: number;
  /** Transactions of Redis clients are atomic as a whole, or refused. */
  readonly strictTransactions!: boolean;
  /** Logs are JSON lines. */
  readonly production!: boolean;
  /** What to warn of: variables that look like settings and are none. */
  readonly misspelt!: string | undefined;

  constructor(fields: Config) {
    super();
    Object.assign(this, fields);
  }
}

/**
 * Reads the configuration, by default of this process.
 * @throws {ConfigError} at the first setting that cannot be used
 */
export function loadConfig(
  environment: Environment = process.env,
  options: readonly string[] = process.argv.slice(2),
): Config {
  refuseOptions('cache-manager', options);
  const read = new EnvironmentReader(environment);
  // Data nodes in this process are named by number.
  read.refuse([...UNSUPPORTED, 'NODE_ID']);

  const config = new Config({
    ...readServerSettings(read),
    httpHost: read.host('HTTP_HOST', '127.0.0.1'),
    httpPort: read.integer('HTTP_PORT', 0, 65_535, 8080),
    respPort: read.portOrOff('RESP_PORT', 6380),
    allowedHosts: read.hosts('ALLOWED_HOSTS'),
    dataNodes: read.integer('DATA_NODES', 1, 256, 3),
    dataNode: readDataNodeSettings(read, MAX_BUDGET),
    operationTimeout: read.integer('OPERATION_TIMEOUT', 1, 60_000, 1000),
    strictTransactions: read.flag('STRICT_TRANSACTIONS', false),
    production: environment['NODE_ENV'] === 'production',
    misspelt: misspeltSettings(environment),
  });
  const open = read.flag('ALLOW_OPEN', false);
  requirePasswordFor('HTTP_HOST', config.httpHost, config.password, open);
  if (config.respPort !== undefined) requirePasswordFor('RESP_HOST', config.respHost, config.password, open);
  return config;
}
