import type { CacheInvalidation, Overflow, PubSub } from '@distributed-cache/pubsub';
import { ReplyWriter } from '@distributed-cache/resp';
import { latin1At, type Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';

/** Bounds of what is remembered of the reads of all clients: pairs of a key and a client, and bytes of keys. */
const MAX_PAIRS = 100_000;
const MAX_KEY_BYTES = 16 * 2 ** 20;
/** So many keys may wait for a client that waits for an answer. */
const MAX_HELD = 10_000;

/** What a prefix takes beside its bytes. */
const PREFIX_OVERHEAD = 64;

/** What CLIENT TRACKING said. */
export interface TrackingOptions {
  /** Hears of all keys with these prefixes, rather than of those that it read. */
  readonly broadcast: boolean;
  /** Latin1: one character a byte. In order, and none begins with another. */
  readonly prefixes: readonly string[];
  /** Only reads that CLIENT CACHING YES announces count. */
  readonly optIn: boolean;
  /** Reads that CLIENT CACHING NO announces do not count. */
  readonly optOut: boolean;
  /** Accepted; a client hears of its own changes all the same: a message does not say who made them. */
  readonly noLoop: boolean;
}

/** What a client is to forget. */
type News = Set<string> | 'all';

/** A client that keeps what it reads, and is told to forget what changes. */
export class Tracking {
  readonly options: TrackingOptions;
  /** CLIENT CACHING is about the next command, or transaction. */
  caching = false;
  /** It was told to forget all, and has read nothing since. */
  forgotten = false;
  /** To be told when the answer that the client waits for has been written. */
  held: News | undefined;
  /** What its prefixes take. */
  readonly bytes: number;

  constructor(options: TrackingOptions) {
    this.options = options;
    this.bytes = options.prefixes.reduce((bytes, prefix) => bytes + PREFIX_OVERHEAD + prefix.length, 0);
  }

  /** There may be thousands of prefixes, and this is asked for each write. */
  hears(key: string): boolean {
    const { prefixes } = this.options;
    let [from, to] = [0, prefixes.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (prefixes[middle]! <= key) from = middle + 1;
      else to = middle;
    }
    // No prefix is one of another, so that none stands between the key and its own.
    return from > 0 && key.startsWith(prefixes[from - 1]!);
  }
}

/** A client that may be tracked. */
export interface TrackedClient {
  readonly id: number;
  readonly protocol: 2 | 3;
  readonly tracking: Tracking | undefined;
  readonly transaction: unknown;
  readonly out: ReplyWriter;
  /** Whether a command's answer is on its way. */
  readonly waiting: boolean;
  /** Sends a message that answers no command. */
  push(bytes: Buffer): void;
}

/**
 * Client-side caching (CLIENT TRACKING): remembers which clients read which keys, and tells them when those change.
 *
 * Changes are heard from the data nodes as every near cache hears them, whoever made them and by whichever door. They are
 * listened to while a client is tracked. A message that is missed, and a data node that was lost, mean: forget all.
 *
 * A key counts as read from before the command runs, and no longer once its client was told. So a change after the read
 * always finds it. An answer that was written reaches the client before the news of a later change, because they take the
 * same way. An answer that is still on its way may be older than the news: these wait for it.
 *
 * When it remembers too much, the key that was read first is told as if it had changed.
 */
export class Tracker<C extends TrackedClient> {
  readonly #pubsub: PubSub;
  readonly #sessions: ReadonlyMap<number, C>;
  readonly #tracked = new Set<C>();
  /** Those of them that hear of keys that they did not read. */
  readonly #broadcasting = new Set<C>();
  /** Key -> ids of the clients that read it. Some may have left. */
  readonly #readers = new Map<string, Set<number>>();
  /** Goes on where it stopped: one from the start would pass all those that are deleted, each time. */
  #oldest = this.#readers.keys();
  #pairs = 0;
  #keyBytes = 0;
  /** The last message of each data node. */
  readonly #last = new Map<string, Pick<CacheInvalidation, 'incarnation' | 'sequence'>>();
  /** What has not been told yet. */
  #news = new Map<C, News>();
  #scheduled = false;
  #subscriptions: { unsubscribe(): void }[] = [];
  readonly #writer = new ReplyWriter({ capacity: 1024 });

  constructor(pubsub: PubSub, sessions: ReadonlyMap<number, C>) {
    this.#pubsub = pubsub;
    this.#sessions = sessions;
    this.#writer.protocol = 3;
  }

  get clients(): number {
    return this.#tracked.size;
  }

  /** To be called when the client's tracking began or ended. */
  update(session: C): void {
    this.#tracked.delete(session);
    this.#broadcasting.delete(session);
    if (session.tracking !== undefined) this.#tracked.add(session);
    if (session.tracking?.options.broadcast === true) this.#broadcasting.add(session);
    if (this.#tracked.size === 0) this.close();
    else if (this.#subscriptions.length === 0) this.#listen();
  }

  /** Notes what a tracked client is about to read. */
  note(command: Command, args: Arguments, session: C): void {
    const tracking = session.tracking!;
    const { broadcast, optIn, optOut } = tracking.options;
    const counts = optIn ? tracking.caching : !(optOut && tracking.caching);
    if (command.name !== 'multi') this.endCaching(command, session);
    if (!counts || broadcast || !command.flags.includes('readonly') || command.keys.first === 0) return;
    tracking.forgotten = false;
    const { first, last, step } = command.keys;
    const end = last < 0 ? args.count + last : last;
    for (let index = first; index <= end; index += step) this.#remember(latin1At(args, index), session);
  }

  /** What CLIENT CACHING said ends with any other command, one that is refused or unknown too; and with its transaction. */
  endCaching(command: Command | undefined, session: C): void {
    const goesOn = session.transaction !== undefined || (command !== undefined && isAboutClients(command));
    if (!goesOn) session.tracking!.caching = false;
  }

  /** Writes what had to wait for an answer, behind it. */
  release(session: C): void {
    const { tracking } = session;
    if (tracking?.held === undefined) return;
    if (session.protocol === 3) session.out.raw(this.#encode(tracking.held));
    if (tracking.held === 'all') tracking.forgotten = true;
    tracking.held = undefined;
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
    this.#readers.clear();
    this.#last.clear();
    this.#pairs = this.#keyBytes = 0;
  }

  #listen(): void {
    const changes = this.#pubsub.subscribe('cache_invalidation', (message) => {
      this.#onChange(message);
    });
    const moves = this.#pubsub.subscribe('node_key_assignment', (message) => {
      const lost = message.topic === 'overflow' || message.moves.some(({ from }) => from === null);
      if (lost) this.#forgetAll();
    });
    this.#subscriptions = [changes, moves];
  }

  #remember(key: string, { id }: C): void {
    let readers = this.#readers.get(key);
    if (readers === undefined) {
      readers = new Set();
      this.#readers.set(key, readers);
      this.#keyBytes += key.length;
    }
    if (readers.has(id)) return;
    readers.add(id);
    this.#pairs++;
    while (this.#pairs > MAX_PAIRS || this.#keyBytes > MAX_KEY_BYTES) {
      this.#tellReaders(this.#nextOldest());
    }
  }

  /** The key that was read first of all that are left: the ones before it were told of, and are gone. */
  #nextOldest(): string {
    let next = this.#oldest.next();
    if (next.done === true) {
      this.#oldest = this.#readers.keys();
      next = this.#oldest.next();
    }
    return next.value!;
  }

  #onChange(message: CacheInvalidation | Overflow): void {
    if (message.topic === 'overflow') {
      this.#forgetAll();
      return;
    }
    const { entries } = message;
    if (!this.#isNext(message) || entries.some(({ key }) => key === null)) this.#forgetAll();
    for (const { key } of entries) {
      if (key !== null) this.#onKey(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'));
    }
  }

  /** Whether none is missing between the data node's last message and this one. */
  #isNext(message: CacheInvalidation): boolean {
    const { node, incarnation, sequence } = message;
    const last = this.#last.get(node);
    this.#last.set(node, { incarnation, sequence });
    return last === undefined || (last.incarnation === incarnation && last.sequence === sequence - 1);
  }

  #onKey(key: string): void {
    this.#tellReaders(key);
    for (const session of this.#broadcasting) if (session.tracking!.hears(key)) this.#tell(session, key);
  }

  #tellReaders(key: string): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#pairs -= readers.size;
    this.#keyBytes -= key.length;
    for (const id of readers) {
      const session = this.#sessions.get(id);
      if (session?.tracking?.options.broadcast === false) this.#tell(session, key);
    }
  }

  #forgetAll(): void {
    this.#readers.clear();
    this.#pairs = this.#keyBytes = 0;
    for (const session of this.#tracked) {
      const { options, forgotten } = session.tracking!;
      // What a client of BCAST keeps may be read by others.
      if (options.broadcast || !forgotten) this.#news.set(session, 'all');
    }
    this.#schedule();
  }

  #tell(session: C, key: string): void {
    const news = this.#news.get(session);
    if (news === undefined) this.#news.set(session, new Set([key]));
    else if (news !== 'all') news.add(key);
    this.#schedule();
  }

  /**
   * What is heard in one turn of the event loop is told at its end, in one message. By then no command is under way, of
   * which the answer would come after.
   */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const all = this.#news;
      this.#news = new Map();
      for (const [session, news] of all) this.#send(session, news);
    });
  }

  #send(session: C, news: News): void {
    const { tracking } = session;
    if (tracking === undefined) return;
    if (session.waiting) {
      tracking.held = both(tracking.held, news);
      return;
    }
    if (news === 'all') tracking.forgotten = true;
    if (session.protocol === 3) session.push(this.#encode(news));
  }

  #encode(news: News): Buffer {
    const writer = this.#writer;
    writer.push(2);
    writer.bulkText('invalidate');
    if (news === 'all') {
      writer.null();
    } else {
      writer.array(news.size);
      for (const key of news) writer.bulk(Buffer.from(key, 'latin1'));
    }
    return writer.take();
  }
}

function both(held: News | undefined, news: News): News {
  if (held === undefined || news === 'all') return news;
  if (held === 'all' || held.size + news.size > MAX_HELD) return 'all';
  for (const key of news) held.add(key);
  return held;
}

function isAboutClients({ fullName }: Command): boolean {
  return fullName.startsWith('client|');
}
