import type { DataNode } from '@distributed-cache/data-node';
import type { ReplyWriter } from '@distributed-cache/resp';
import type { Arguments } from './arguments.ts';

/** Kinds of events, as letters of `notify-keyspace-events`. */
export type EventKind = 'g' | '$' | 'x' | 'e';

/**
 * What a command about keys works with: the keys of one data node, and where its answer goes. Of clients, connections and
 * other data nodes it knows nothing, so it runs wherever the data node is.
 */
export interface CommandContext {
  readonly node: DataNode;
  /** Where the answer goes. */
  readonly out: ReplyWriter;
  readonly time: {
    /** On the clock by which entries expire. */
    now(): number;
    /** Milliseconds of Unix time for a time of that clock. */
    toUnix(time: number): number;
    /** The other way. */
    fromUnix(unix: number): number;
    /** What is added to a time of that clock to get Unix time. */
    offset(): number;
  };
  /** Keyspace notifications. */
  readonly keyspaceEvents: {
    /** Nothing is to be told when false. */
    readonly enabled: boolean;
    /** Something happened to the key that is argument `index`. */
    notify(kind: EventKind, event: string, args: Arguments, index: number): void;
  };
  readonly settings: {
    readonly maxValueBytes: number;
  };
  /** Reads are no uses (CLIENT NO-TOUCH). */
  readonly noTouch: boolean;
  /** Of the command that runs, as errors and statistics name it: `object|freq`. */
  readonly commandName: string;
  /** Answers an error. @param error its bytes, or its text with the code first */
  fail(error: Buffer | string): void;
  /** Runs a command of a transaction. The one that runs now goes on after it. */
  execute(args: Arguments): void;
}
