import type { EvictionPolicyName } from '@distributed-cache/store';

/** What `CONFIG GET` shows and, in part, `CONFIG SET` changes. */
export interface Settings {
  password: string | undefined;
  port: number;
  host: string;
  maxClients: number;
  readonly maxMemory: number;
  readonly evictionPolicy: EvictionPolicyName;
  readonly maxValueBytes: number;
  /** Bytes of one argument, and of one command. Default: room to say no to a value that is somewhat too large. */
  readonly maxBulkLength: number;
  readonly maxCommandLength: number;
  /** Seconds after which an idle client is closed; 0 for never. */
  timeout: number;
  tcpKeepAlive: number;
  /** As in `notify-keyspace-events`, normalised. */
  keyspaceEvents: string;
  /** Microseconds; negative for never. */
  slowlogThreshold: number;
  slowlogLength: number;
  /** Bytes that may wait for a client that does not read; what goes beyond closes it. */
  outputLimit: number;
  /** Whether clients may run DEBUG, and pause others for longer than a minute. Default: no. */
  readonly enableDebugCommand: boolean;
  /** Whether clients may end the process. Default: with a password, as it is at the start. */
  readonly enableShutdown: boolean;
  /**
   * Bytes of halves of commands, queued commands, watched keys and subscriptions that all clients together may hold. Above
   * `maxCommandLength`, so that one alone may use up its own limit.
   */
  readonly clientInput: number;
  /** The same of output that they do not read; above `outputLimit`. */
  readonly clientOutput: number;
}
