import { MAX_BUDGET } from '@distributed-cache/store';
import {
  ConfigError,
  EnvironmentReader,
  misspeltSettings,
  readDataNodeSettings,
  readLogLevel,
  requirePasswordFor,
  UNSUPPORTED,
  type DataNodeSettings,
  type Environment,
  type LogLevel,
} from '@distributed-cache/config';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export class Config {
  readonly httpHost!: string;
  readonly httpPort!: number;
  readonly respHost!: string;
  /** Undefined when there is no port for Redis clients. */
  readonly respPort!: number | undefined;
  /** Hosts, some with a port, that a request may name besides those of loopback. Lower case. */
  readonly allowedHosts!: readonly string[];
  /** Connections at a time, of each protocol. */
  readonly maxClients!: number;
  /** What `Authorization: Bearer` and `AUTH` must carry; undefined when everybody may. */
  readonly password!: string | undefined;
  /** Whether Redis clients may run DEBUG, and end the process. */
  readonly enableDebugCommand!: boolean;
  readonly enableShutdown!: boolean;
  readonly dataNodes!: number;
  /** Of each of them. */
  readonly dataNode!: DataNodeSettings;
  readonly operationTimeout!: number;
  /** Transactions of Redis clients are atomic as a whole, or refused. */
  readonly strictTransactions!: boolean;
  readonly logLevel!: LogLevel;
  /** Logs are JSON lines. */
  readonly production!: boolean;
  /** What to warn of: variables that look like settings and are none. */
  readonly misspelt!: string | undefined;

  constructor(fields: Config) {
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
  if (options.length > 0) {
    throw new ConfigError(
      `Unknown option ${JSON.stringify(options[0])}: cache-manager takes no options, only environment variables.`,
    );
  }
  const read = new EnvironmentReader(environment);
  // Data nodes in this process are named by number.
  read.refuse([...UNSUPPORTED, 'NODE_ID']);

  const password = read.password('PASSWORD');
  const config = new Config({
    httpHost: read.host('HTTP_HOST', '127.0.0.1'),
    httpPort: read.integer('HTTP_PORT', 0, 65_535, 8080),
    respHost: read.host('RESP_HOST', '127.0.0.1'),
    respPort: read.portOrOff('RESP_PORT', 6380),
    allowedHosts: read.hosts('ALLOWED_HOSTS'),
    maxClients: read.integer('MAX_CLIENTS', 1, 1_000_000, 10_000),
    password,
    enableDebugCommand: read.flag('ENABLE_DEBUG_COMMAND', false),
    enableShutdown: read.flag('ENABLE_SHUTDOWN', password !== undefined),
    dataNodes: read.integer('DATA_NODES', 1, 256, 3),
    dataNode: readDataNodeSettings(read, MAX_BUDGET),
    operationTimeout: read.integer('OPERATION_TIMEOUT', 1, 60_000, 1000),
    strictTransactions: read.flag('STRICT_TRANSACTIONS', false),
    logLevel: readLogLevel(read),
    production: environment['NODE_ENV'] === 'production',
    misspelt: misspeltSettings(environment),
  });
  const open = read.flag('ALLOW_OPEN', false);
  requirePasswordFor('HTTP_HOST', config.httpHost, config.password, open);
  if (config.respPort !== undefined) requirePasswordFor('RESP_HOST', config.respHost, config.password, open);
  return config;
}
