/** What a client may ask of the HTTP server. Times are milliseconds. */
export interface HttpLimits {
  /** Bytes of request line and headers: a percent-encoded key of 64 KiB fits. More is answered with 431. */
  readonly maxHeaderSize: number;
  /** For request line and headers to arrive; then 408. */
  readonly headersTimeout: number;
  /** For the whole request to arrive; then 408. An upload of 8 MiB fits at 70 KiB/s. */
  readonly requestTimeout: number;
  /** Connections at a time: `MAX_CLIENTS`. */
  readonly maxConnections: number;
  /** Bytes that all connections together make the process keep (see `BufferBudget`). */
  readonly maxBuffered: number;
  /** How long a connection may wait for its next request. Above the minute that load balancers keep theirs. */
  readonly keepAliveTimeout: number;
  /**
   * How long a client may take nothing of its answer, and a new connection send nothing. Longer than any operation takes,
   * and not below `keepAliveTimeout`.
   */
  readonly stallTimeout: number;
  /** How often the two timeouts of requests are checked. */
  readonly connectionsCheckingInterval: number;
  /** How long a refused client may go on sending before its connection is cut (see `answerAndClose`). */
  readonly linger: number;
  /** How long a stop waits for requests in flight before it cuts their connections. */
  readonly stopGrace: number;
  /** How often an event stream shows that it lives; a client that takes nothing for as long is cut off. */
  readonly heartbeat: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  maxHeaderSize: 256 * 1024,
  maxConnections: 10_000,
  maxBuffered: 256 * 2 ** 20,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  stallTimeout: 120_000,
  connectionsCheckingInterval: 1_000,
  linger: 1_000,
  stopGrace: 10_000,
  heartbeat: 15_000,
};

/** DI token of the limits. */
export const HTTP_LIMITS = Symbol('HttpLimits');
