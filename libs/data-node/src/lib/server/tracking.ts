import type { CacheInvalidation, Overflow, PubSub } from '@distributed-cache/pubsub';
import { ReplyWriter } from '@distributed-cache/resp';
import { latin1At, type Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';
import type { Session } from './session.ts';

/** Bounds of what is remembered of the reads of all clients: pairs of a key and a client, and bytes of keys. */
const MAX_PAIRS = 100_000;
const MAX_KEY_BYTES = 16 * 2 ** 20;
/** So many keys may wait for a client that waits for an answer. */
const MAX_HELD = 10_000;

/** What CLIENT TRACKING said. */
export interface TrackingOptions {
  /** Hears of all keys with these prefixes, rather than of those that it read. */
  readonly broadcast: boolean;
  /** Latin1: one character a byte. */
  readonly prefixes: readonly string[];
  /** Only reads that CLIENT CACHING YES announces count. */
  readonly optIn: boolean;
  /** Reads that CLIENT CACHING NO announces do not count. */
  readonly optOut: boolean;
  /** Accepted; a client hears of its own changes all the same: a message does not say who made them. */
  readonly noLoop: boolean;
}

/** A client that keeps what it reads, and is told to forget what changes. */
export class Tracking {
  readonly options: TrackingOptions;
  /** CLIENT CACHING is about the next command, or transaction. */
  caching = false;
  /** It was told to forget all, and has read nothing since. */
  forgotten = true;
  /** Keys to tell when the answer that the client waits for has been written; 'all' when they are too many. */
  held: Set<string> | 'all' = new Set();

  constructor(options: TrackingOptions) {
    this.options = options;
  }

  hears(key: string): boolean {
    return this.options.prefixes.some((prefix) => key.startsWith(prefix));
  }
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
export class Tracker {
  readonly #pubsub: PubSub;
  readonly #sessions: ReadonlyMap<number, Session>;
  readonly #tracked = new Set<Session>();
  /** Those of them that hear of keys that they did not read. */
  readonly #broadcasting = new Set<Session>();
  /** Key -> ids of the clients that read it. Some may have left. */
  readonly #readers = new Map<string, Set<number>>();
  #pairs = 0;
  #keyBytes = 0;
  /** The last message of each data node. */
  readonly #last = new Map<string, Pick<CacheInvalidation, 'incarnation' | 'sequence'>>();
  /** Keys to tell. */
  #news = new Map<Session, Set<string>>();
  #scheduled = false;
  #subscriptions: { unsubscribe(): void }[] = [];
  readonly #writer = new ReplyWriter({ capacity: 1024 });

  constructor(pubsub: PubSub, sessions: ReadonlyMap<number, Session>) {
    this.#pubsub = pubsub;
    this.#sessions = sessions;
    this.#writer.protocol = 3;
  }

  get clients(): number {
    return this.#tracked.size;
  }

  /** To be called when the client's tracking began or ended. */
  update(session: Session): void {
    this.#tracked.delete(session);
    this.#broadcasting.delete(session);
    if (session.tracking !== undefined) this.#tracked.add(session);
    if (session.tracking?.options.broadcast === true) this.#broadcasting.add(session);
    if (this.#tracked.size === 0) this.close();
    else if (this.#subscriptions.length === 0) this.#listen();
  }

  /** Notes what a tracked client is about to read. */
  note(command: Command, args: Arguments, session: Session): void {
    const tracking = session.tracking!;
    const { broadcast, optIn, optOut } = tracking.options;
    const counts = optIn ? tracking.caching : !(optOut && tracking.caching);
    const goesOn = session.transaction !== undefined || command.name === 'multi' || isAboutClients(command);
    if (!goesOn) tracking.caching = false;
    if (!counts || broadcast || !command.flags.includes('readonly') || command.keys.first === 0) return;
    tracking.forgotten = false;
    const { first, last, step } = command.keys;
    const end = last < 0 ? args.count + last : last;
    for (let index = first; index <= end; index += step) this.#remember(latin1At(args, index), session);
  }

  /** Writes what had to wait for an answer, behind it. */
  release(session: Session): void {
    const { tracking } = session;
    if (tracking === undefined || (tracking.held !== 'all' && tracking.held.size === 0)) return;
    if (session.protocol === 3) session.out.raw(this.#encode(tracking.held));
    tracking.forgotten = tracking.held === 'all';
    tracking.held = new Set();
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

  #remember(key: string, { id }: Session): void {
    let readers = this.#readers.get(key);
    if (readers === undefined) {
      readers = new Set();
      this.#readers.set(key, readers);
      this.#keyBytes += key.length;
    }
    if (readers.has(id)) return;
    readers.add(id);
    this.#pairs++;
    while (this.#pairs > MAX_PAIRS || this.#keyBytes > MAX_KEY_BYTES) this.#giveUpOldest();
  }

  /** Not at once: there are answers under way, which must reach the client before. */
  #giveUpOldest(): void {
    const [key] = this.#readers.keys();
    this.#collectReaders(key!);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#tellNews();
    });
  }

  #onChange(message: CacheInvalidation | Overflow): void {
    if (message.topic === 'overflow') {
      this.#forgetAll();
      return;
    }
    if (!this.#isNext(message)) this.#forgetAll();
    for (const { key } of message.entries) {
      if (key === null) this.#forgetAll();
      else this.#collect(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'));
    }
    this.#tellNews();
  }

  /** Whether none is missing between the data node's last message and this one. */
  #isNext(message: CacheInvalidation): boolean {
    const { node, incarnation, sequence } = message;
    const last = this.#last.get(node);
    this.#last.set(node, { incarnation, sequence });
    return last === undefined || (last.incarnation === incarnation && last.sequence === sequence - 1);
  }

  /** Who is to be told of the key. */
  #collect(key: string): void {
    this.#collectReaders(key);
    for (const session of this.#broadcasting) if (session.tracking!.hears(key)) this.#add(session, key);
  }

  #collectReaders(key: string): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#pairs -= readers.size;
    this.#keyBytes -= key.length;
    for (const id of readers) {
      const session = this.#sessions.get(id);
      if (session?.tracking?.options.broadcast === false) this.#add(session, key);
    }
  }

  #add(session: Session, key: string): void {
    const keys = this.#news.get(session);
    if (keys === undefined) this.#news.set(session, new Set([key]));
    else keys.add(key);
  }

  #tellNews(): void {
    const news = this.#news;
    this.#news = new Map();
    for (const [session, keys] of news) this.#tell(session, keys);
  }

  #forgetAll(): void {
    this.#readers.clear();
    this.#pairs = this.#keyBytes = 0;
    for (const session of this.#tracked) {
      const { options, forgotten } = session.tracking!;
      // What a client of BCAST keeps may be read by others.
      if (options.broadcast || !forgotten) this.#tell(session, 'all');
    }
  }

  #tell(session: Session, keys: ReadonlySet<string> | 'all'): void {
    const { tracking } = session;
    if (tracking === undefined) return;
    if (session.waiting) {
      hold(tracking, keys);
      return;
    }
    if (keys === 'all') tracking.forgotten = true;
    if (session.protocol === 3) session.push(this.#encode(keys));
  }

  #encode(keys: ReadonlySet<string> | 'all'): Buffer {
    const writer = this.#writer;
    writer.push(2);
    writer.bulkText('invalidate');
    if (keys === 'all') {
      writer.null();
    } else {
      writer.array(keys.size);
      for (const key of keys) writer.bulk(Buffer.from(key, 'latin1'));
    }
    return writer.take();
  }
}

function hold(tracking: Tracking, keys: ReadonlySet<string> | 'all'): void {
  if (tracking.held === 'all') return;
  if (keys === 'all' || tracking.held.size + keys.size > MAX_HELD) tracking.held = 'all';
  else for (const key of keys) tracking.held.add(key);
}

function isAboutClients({ fullName }: Command): boolean {
  return fullName.startsWith('client|');
}
