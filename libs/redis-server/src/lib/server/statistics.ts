/** What `INFO` and `CONFIG RESETSTAT` know about a server. Per command, arrays are indexed by {@link Command.index}. */
export class ServerStatistics {
  readonly calls: Float64Array;
  readonly failed: Float64Array;
  readonly rejected: Float64Array;
  /** Microseconds, estimated from every {@link SAMPLED}th command of a connection. */
  readonly microseconds: Float64Array;
  connections = 0;
  rejectedConnections = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** Clients closed because they did not read what they were sent. */
  outputLimitDisconnections = 0;
  /** Error answers by their first word. */
  readonly errors = new Map<string, number>();

  constructor(commands: number) {
    this.calls = new Float64Array(commands);
    this.failed = new Float64Array(commands);
    this.rejected = new Float64Array(commands);
    this.microseconds = new Float64Array(commands);
  }

  get commands(): number {
    return this.calls.reduce((sum, calls) => sum + calls, 0);
  }

  get errorReplies(): number {
    let sum = 0;
    for (const count of this.errors.values()) sum += count;
    return sum;
  }

  countError(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  reset(): void {
    for (const counts of [this.calls, this.failed, this.rejected, this.microseconds]) counts.fill(0);
    this.connections = this.rejectedConnections = this.inputBytes = this.outputBytes = 0;
    this.outputLimitDisconnections = 0;
    this.errors.clear();
  }
}
