import { randomBytes } from 'node:crypto';
import type { PubSub } from '@distributed-cache/pubsub';
import { ReplyWriter } from '@distributed-cache/resp';
import type { Command } from '../commands/command.ts';
import type { CommandTable } from '../commands/command-table.ts';
import type { DataNode } from '@distributed-cache/data-node';
import { Channels, type Subscriber } from './channels.ts';
import { ClientMemory } from './client-memory.ts';
import type { CommandProxy } from './command-proxy.ts';
import { EventClock } from '@distributed-cache/runtime';
import { KeyspaceEvents } from './keyspace-events.ts';
import { Outbox } from './outbox.ts';
import type { Settings } from './settings.ts';
import { Slowlog } from './slowlog.ts';
import { ServerStatistics } from './statistics.ts';
import { ServerTime } from './server-time.ts';
import { TimeOfDay } from './time-of-day.ts';
import { Tracker, type TrackedClient } from './tracking.ts';

const MEBIBYTE = 2 ** 20;

/** Milliseconds between warnings of the same kind. */
const WARNING_INTERVAL = 60_000;

/** What the clients of a server need to know of each other. */
export interface Client extends Subscriber, TrackedClient {
  readonly transport: { resume(): void };
}

/** @typeParam S the session of a client */
export interface SharedStateOptions<S> {
  /** The data nodes of this process, one at least: what it tells about itself is their sum. */
  readonly nodes: readonly DataNode[];
  /** What carries out commands on them; absent when there is one, which has every slot. */
  readonly proxy?: CommandProxy<S>;
  readonly pubsub: PubSub;
  /** The clock of the data nodes. */
  readonly clock?: EventClock;
  readonly unixNow?: () => number;
  readonly settings: Partial<Settings> & Pick<Settings, 'maxMemory'>;
  /** Called by SHUTDOWN. Default: does nothing. */
  readonly shutdown?: () => void;
  /** Told what a command threw that should not. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
  /** Told in a sentence what whoever runs the server should look into. Default: a warning of the process. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * What all clients of a server share.
 * @typeParam S the session of a client
 */
export class SharedState<S extends Client> {
  readonly nodes: readonly DataNode[];
  readonly proxy: CommandProxy<S> | undefined;
  readonly clock: EventClock;
  readonly time: ServerTime;
  readonly timeOfDay = new TimeOfDay();
  readonly settings: Settings;
  readonly statistics: ServerStatistics;
  readonly sessions = new Map<number, S>();
  readonly channels: Channels;
  /** What clients made the server keep: what is to be run yet, */
  readonly clientInput: ClientMemory;
  /** and what they have not read. */
  readonly clientOutput: ClientMemory;
  readonly keyspaceEvents: KeyspaceEvents;
  readonly tracker: Tracker<S>;
  readonly slowlog: Slowlog;
  /** 40 hexadecimal digits, of this run. */
  readonly runId = randomBytes(20).toString('hex');
  readonly startedAt: number;
  readonly shutdown: () => void;
  readonly onError: (error: unknown) => void;
  readonly #onWarning: (warning: string) => void;
  /** Where all clients' answers wait, */
  readonly outbox: Outbox;
  /** and are written. */
  readonly out: ReplyWriter;
  readonly commands: CommandTable<Command<S>>;
  /** CLIENT PAUSE: commands wait, or those that write. */
  paused: 'no' | 'writes' | 'all' = 'no';
  /** Clients with a command that waits. */
  readonly postponed = new Set<S>();
  #endPause: (() => void) | undefined;
  #pauseEnds = 0;
  #lastId = 0;
  #warnedOfHttp = -Infinity;

  /** @param commands what clients may ask for */
  constructor(options: SharedStateOptions<S>, commands: CommandTable<Command<S>>) {
    this.commands = commands;
    this.statistics = new ServerStatistics(commands.all().length);
    this.nodes = options.nodes;
    this.proxy = options.proxy;
    this.clock = options.clock ?? new EventClock();
    this.time = new ServerTime(this.clock, options.unixNow);
    this.startedAt = this.clock.now();
    this.onError = options.onError ?? warn;
    this.#onWarning = options.onWarning ?? ((warning) => process.emitWarning(warning));
    this.shutdown = options.shutdown ?? (() => undefined);
    const maxValueBytes = options.settings.maxValueBytes ?? 8 * MEBIBYTE;
    const maxBulkLength = Math.max(MEBIBYTE, 2 * maxValueBytes);
    const maxCommandLength = Math.max(64 * MEBIBYTE, 4 * maxBulkLength);
    this.settings = {
      password: undefined,
      port: 0,
      host: '127.0.0.1',
      maxClients: 10_000,
      evictionPolicy: 'lru',
      maxValueBytes,
      maxBulkLength,
      maxCommandLength,
      timeout: 0,
      tcpKeepAlive: 300,
      keyspaceEvents: '',
      slowlogThreshold: 10_000,
      slowlogLength: 128,
      outputLimit: 256 * MEBIBYTE,
      enableDebugCommand: false,
      enableShutdown: options.settings.password !== undefined,
      clientInput: Math.max(1.5 * maxCommandLength, options.settings.maxMemory / 4),
      clientOutput: 384 * MEBIBYTE,
      ...options.settings,
    };
    this.out = new ReplyWriter({ maxLength: this.settings.outputLimit, whenFull: 'discard' });
    this.outbox = new Outbox(this.out);
    this.channels = new Channels(options.pubsub);
    this.clientInput = new ClientMemory(this.settings.clientInput);
    this.clientOutput = new ClientMemory(this.settings.clientOutput);
    this.keyspaceEvents = new KeyspaceEvents(this.nodes, this.channels, this.settings.keyspaceEvents);
    this.tracker = new Tracker(options.pubsub, this.sessions);
    this.slowlog = new Slowlog(this.settings, this.time);
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** Ends a read event: time goes on. */
  finishEvent(): void {
    this.clock.release();
  }

  /** A client that sent HTTP was closed. An attack may be many such: told once a minute at most. */
  warnOfHttp(client: string): void {
    const now = this.clock.now();
    if (now - this.#warnedOfHttp < WARNING_INTERVAL) return;
    this.#warnedOfHttp = now;
    this.#onWarning(
      `${client} sent HTTP to the port for Redis clients and was disconnected. A web page may be trying to run commands here.`,
    );
  }

  /** As Redis: a pause in force is never shortened nor weakened by another one. */
  pause(milliseconds: number, writesOnly: boolean): void {
    if (this.paused !== 'all') this.paused = writesOnly ? 'writes' : 'all';
    const end = this.clock.now() + milliseconds;
    if (end <= this.#pauseEnds) return;
    this.#pauseEnds = end;
    this.#endPause?.();
    this.#endPause = this.clock.schedule(milliseconds, () => {
      this.unpause();
    });
  }

  unpause(): void {
    this.#endPause?.();
    this.#endPause = undefined;
    this.#pauseEnds = 0;
    this.paused = 'no';
    const waiting = [...this.postponed];
    this.postponed.clear();
    // Not from within the command that ended the pause.
    if (waiting.length > 0) {
      this.clock.schedule(0, () => {
        for (const session of waiting) session.transport.resume();
      });
    }
  }

  close(): void {
    this.#endPause?.();
    this.channels.close();
    this.keyspaceEvents.close();
    this.tracker.close();
  }
}

function warn(error: unknown): void {
  const detail = error instanceof Error ? error.stack : String(error);
  process.emitWarning('A command failed unexpectedly', { type: 'RespServerWarning', detail });
}
