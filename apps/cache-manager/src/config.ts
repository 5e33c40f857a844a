import { isIP } from 'node:net';
import { MAX_BUDGET } from '@distributed-cache/data-node';

/** What the process was asked to be, checked and in base units: bytes and milliseconds. */
export class Config {
  readonly httpHost!: string;
  readonly httpPort!: number;
  /** What `Authorization: Bearer` must carry; undefined when everybody may. */
  readonly password!: string | undefined;
  readonly dataNodes!: number;
  /** Byte budget of one data node. */
  readonly maxMemory!: number;
  readonly maxEntries!: number | undefined;
  /** 0 for none. */
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

/** A setting that cannot be used. The message is one line that names it and says what it accepts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Longest delay of a timer: 2^31 - 1 milliseconds, some 24 days. */
const MAX_DELAY = 2 ** 31 - 1;
const MAX_TTL = 2 ** 48;
const MEBIBYTE = 2 ** 20;
/** An answer is one string, and a value of control characters grows sixfold in JSON: 384 of V8's 512 MiB. */
const MAX_VALUE_SIZE = 64 * MEBIBYTE;

/** Variables of a cluster of processes, and of the Redis protocol, which this version does not have. */
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
      `Unknown option ${shown(options[0]!)}: cache-manager takes no options, only environment variables.`,
    );
  }
  for (const variable of UNSUPPORTED) {
    if (environment[variable] !== undefined) throw unsupported(variable);
  }
  if ((environment['RESP_PORT'] ?? 'off') !== 'off') throw unsupported('RESP_PORT', 'only "off" is');

  const read = new Reader(environment);
  const policy = read.choice('EVICTION_POLICY', ['lru', 'adaptive'], 'lru');
  if (policy === 'adaptive') throw unsupported('EVICTION_POLICY=adaptive', 'only "lru" is');

  const config = new Config({
    httpHost: read.host('HTTP_HOST', '127.0.0.1'),
    httpPort: read.integer('HTTP_PORT', 0, 65_535, 8080),
    password: read.password('PASSWORD'),
    dataNodes: read.integer('DATA_NODES', 1, 256, 3),
    maxMemory: read.size('MAX_MEMORY', MEBIBYTE, MAX_BUDGET, 256 * MEBIBYTE),
    maxEntries: read.integer('MAX_ENTRIES', 1, 2 ** 32 - 1, undefined),
    defaultTtl: read.integer('DEFAULT_TTL', 0, MAX_TTL, 0),
    maxValueSize: read.size('MAX_VALUE_SIZE', 1, MAX_VALUE_SIZE, 8 * MEBIBYTE),
    statusInterval: read.integer('STATUS_INTERVAL', 1, MAX_DELAY, 1000),
    operationTimeout: read.integer('OPERATION_TIMEOUT', 1, 60_000, 1000),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'log'),
    production: environment['NODE_ENV'] === 'production',
  });
  const open = read.choice('ALLOW_OPEN', ['true', 'false'], 'false') === 'true';
  if (!isLoopback(config.httpHost) && config.password === undefined && !open) {
    throw new ConfigError(
      `HTTP_HOST ${shown(config.httpHost)} can be reached from other machines: set PASSWORD, or ALLOW_OPEN=true to let everybody in.`,
    );
  }
  return config;
}

class Reader {
  constructor(private readonly environment: Environment) {}

  integer<T extends number | undefined>(variable: string, min: number, max: number, fallback: T): number | T {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw bad(variable, `an integer from ${min} to ${max}`, text);
  }

  size(variable: string, min: number, max: number, fallback: number): number {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const [, digits, unit = ''] = /^(\d{1,15})(kb|mb|gb)?$/i.exec(text) ?? [];
    const value = digits === undefined ? NaN : Number(digits) * UNITS[unit.toLowerCase()]!;
    if (value >= min && value <= max) return value;
    throw bad(
      variable,
      `a size from ${sizeText(min)} to ${sizeText(max)}, like 1048576, 512kb, 64mb or 1gb`,
      text,
    );
  }

  choice<T extends string>(variable: string, choices: readonly T[], fallback: T): T {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const choice = choices.find((each) => each === text);
    if (choice !== undefined) return choice;
    throw bad(variable, `one of ${choices.join(', ')}`, text);
  }

  host(variable: string, fallback: string): string {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    if (isIP(text) !== 0 || HOST_NAME.test(text)) return text;
    throw bad(variable, 'an IP address or a host name', text);
  }

  /** Never shows the value. A header cannot carry control characters, and loses spaces at its ends. */
  password(variable: string): string | undefined {
    const text = this.environment[variable];
    if (text === undefined) return undefined;
    // eslint-disable-next-line no-control-regex
    if (/^[^\x00-\x1f\x7f]{1,1024}$/.test(text) && text.trim() === text) return text;
    throw new ConfigError(
      `${variable} must be 1 to 1024 characters, without control characters and without spaces at its ends.`,
    );
  }
}

const UNITS: Readonly<Record<string, number>> = { '': 1, kb: 2 ** 10, mb: MEBIBYTE, gb: 2 ** 30 };
const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

function sizeText(bytes: number): string {
  if (bytes >= UNITS['gb']!) return `${bytes / UNITS['gb']!}gb`;
  return bytes >= MEBIBYTE ? `${bytes / MEBIBYTE}mb` : String(bytes);
}

function isLoopback(host: string): boolean {
  return (
    host === '::1' || host.toLowerCase() === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}

function bad(variable: string, accepted: string, text: string): ConfigError {
  return new ConfigError(`${variable} must be ${accepted}, but is ${shown(text)}.`);
}

function unsupported(setting: string, instead?: string): ConfigError {
  const hint = instead === undefined ? 'unset it' : instead;
  return new ConfigError(`${setting} is not supported yet by this version: ${hint}.`);
}

/** On one line, and not too long a one. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
