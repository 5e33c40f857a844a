import type { DataNodeSettings } from './data-node-settings.ts';
import type { EnvironmentReader } from './environment.ts';
import { readLogLevel, type LogLevel } from './log-level.ts';

/**
 * What every process with a port for Redis clients is told, but for the port. A class, so that the configuration of an
 * app that injects it can extend it.
 */
export class ServerSettings {
  readonly respHost!: string;
  /** What clients must show, Redis clients with `AUTH`; undefined when everybody may. */
  readonly password!: string | undefined;
  /** Connections at a time, of each protocol. */
  readonly maxClients!: number;
  /** Whether Redis clients may run DEBUG, and end the process. */
  readonly enableDebugCommand!: boolean;
  readonly enableShutdown!: boolean;
  readonly logLevel!: LogLevel;
}

/** @throws {ConfigError} at the first one that cannot be used */
export function readServerSettings(read: EnvironmentReader): Pick<ServerSettings, keyof ServerSettings> {
  const password = read.password('PASSWORD');
  return {
    respHost: read.host('RESP_HOST', '127.0.0.1'),
    password,
    maxClients: read.integer('MAX_CLIENTS', 1, 1_000_000, 10_000),
    enableDebugCommand: read.flag('ENABLE_DEBUG_COMMAND', false),
    enableShutdown: read.flag('ENABLE_SHUTDOWN', password !== undefined),
    logLevel: readLogLevel(read),
  };
}

/** What the server for Redis clients is told, as its `Settings` name it. */
export function respSettings(server: ServerSettings, dataNode: DataNodeSettings, dataNodes: number) {
  const { password, maxClients, enableDebugCommand, enableShutdown } = server;
  const { maxBytes, evictionPolicy, maxValueBytes } = dataNode;
  return {
    ...{ password, maxClients, enableDebugCommand, enableShutdown, evictionPolicy, maxValueBytes },
    maxMemory: dataNodes * maxBytes,
  };
}
