import { MAX_BUDGET } from '@distributed-cache/data-node';
import {
  ConfigError,
  EnvironmentReader,
  readDataNodeSettings,
  requirePasswordFor,
  type DataNodeSettings,
  type Environment,
} from '@distributed-cache/config';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export class Config implements DataNodeSettings {
  readonly httpHost!: string;
  readonly httpPort!: number;
  /** What `Authorization: Bearer` must carry; undefined when everybody may. */
  readonly password!: string | undefined;
  readonly dataNodes!: number;
  // Of each data node.
  readonly maxMemory!: number;
  readonly maxEntries!: number | undefined;
  readonly evictionPolicy!: DataNodeSettings['evictionPolicy'];
  readonly defaultTtl!: number;
  readonly maxValueSize!: number;
  readonly statusInterval!: number;

  readonly operationTimeout!: number;
  readonly logLevel!: LogLevel;
  /** Logs are JSON lines. */
  readonly production!: boolean;

  constructor(fields: Config) {
    Object.assign(this, fields);
  }
}

export const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Variables of a cluster of processes, and of the Redis protocol, which this process does not have yet. */
const UNSUPPORTED = [
  ...['NATS_URL', 'NATS_CREDS', 'NATS_TLS_CA', 'CLUSTER_NAME', 'CLUSTER_SECRET', 'NODE_ID', 'NODE_WEIGHT'],
  ...['ZONE', 'ADVERTISE_HOST', 'ADVERTISE_PORT', 'BACKUP_COUNT', 'LEASE', 'LEASE_RENEW', 'DRAIN_TIMEOUT'],
  ...['ENGINE_LOSS', 'RESP_HOST'],
];

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
  read.refuse(UNSUPPORTED);
  if ((environment['RESP_PORT'] ?? 'off') !== 'off') {
    throw new ConfigError('RESP_PORT is not supported yet by this version: only "off" is.');
  }

  const config = new Config({
    httpHost: read.host('HTTP_HOST', '127.0.0.1'),
    httpPort: read.integer('HTTP_PORT', 0, 65_535, 8080),
    password: read.password('PASSWORD'),
    dataNodes: read.integer('DATA_NODES', 1, 256, 3),
    ...readDataNodeSettings(read, MAX_BUDGET),
    operationTimeout: read.integer('OPERATION_TIMEOUT', 1, 60_000, 1000),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'log'),
    production: environment['NODE_ENV'] === 'production',
  });
  requirePasswordFor('HTTP_HOST', config.httpHost, config.password, read.flag('ALLOW_OPEN', false));
  return config;
}
