import type { PubSub } from '@distributed-cache/pubsub';
import { ReplyWriter } from '@distributed-cache/resp';
import { globMatches } from '../commands/glob.ts';
import type { Session } from './session.ts';

/** Messages that may wait for delivery, all subscribers together. */
const LIMIT = 1_000_000;
const LIMIT_BYTES = 64 * 2 ** 20;

/** Closes what {@link PubSub.subscribe} opened. */
interface Subscription {
  unsubscribe(): void;
}

/**
 * Who listens to which channels and patterns at this server. Names are latin1 strings: one character a byte.
 *
 * What clients publish goes over the cache's own publish/subscribe, and so reaches the subscribers at all nodes, these
 * here included. This server listens there only while it has subscribers. When it has to drop messages, it closes the
 * connections of its subscribers, so that none of them misses a message without knowing.
 */
export class Channels {
  readonly #pubsub: PubSub;
  readonly #channels = new Map<string, Set<Session>>();
  readonly #patterns = new Map<string, Set<Session>>();
  readonly #writer = new ReplyWriter({ capacity: 1024 });
  #messages: Subscription | undefined;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  subscribe(session: Session, channel: string): void {
    add(this.#channels, channel, session);
    this.#update();
  }

  unsubscribe(session: Session, channel: string): void {
    remove(this.#channels, channel, session);
    this.#update();
  }

  subscribePattern(session: Session, pattern: string): void {
    add(this.#patterns, pattern, session);
    this.#update();
  }

  unsubscribePattern(session: Session, pattern: string): void {
    remove(this.#patterns, pattern, session);
    this.#update();
  }

  /** Whether anybody listens to anything. */
  get active(): boolean {
    return this.#channels.size > 0 || this.#patterns.size > 0;
  }

  /** Channels with subscribers (not by pattern) that match, all without a pattern. */
  names(pattern?: string): string[] {
    const names = [...this.#channels.keys()];
    if (pattern === undefined) return names;
    const glob = Buffer.from(pattern, 'latin1');
    return names.filter((name) => matches(glob, name));
  }

  subscribers(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  get patterns(): number {
    return this.#patterns.size;
  }

  /** To the subscribers at all nodes. Returns how many of them are here. */
  publish(channel: Buffer, payload: Buffer): number {
    const name = channel.toString('latin1');
    let receivers = this.subscribers(name);
    for (const [pattern, sessions] of this.#patterns) {
      if (globMatches(Buffer.from(pattern, 'latin1'), channel)) receivers += sessions.size;
    }
    if (this.#pubsub.hasSubscribers('client_message')) {
      this.#pubsub.publish({ topic: 'client_message', channel, payload });
    }
    return receivers;
  }

  /** To the subscribers here. */
  deliver(channel: string, payload: Uint8Array): void {
    const sessions = this.#channels.get(channel);
    if (sessions !== undefined) this.#send(sessions, ['message', channel], payload);
    if (this.#patterns.size === 0) return;
    const bytes = Buffer.from(channel, 'latin1');
    for (const [pattern, listeners] of this.#patterns) {
      if (globMatches(Buffer.from(pattern, 'latin1'), bytes)) {
        this.#send(listeners, ['pmessage', pattern, channel], payload);
      }
    }
  }

  close(): void {
    this.#messages?.unsubscribe();
    this.#messages = undefined;
  }

  /** Encodes the message once for each version of the protocol that somebody speaks. */
  #send(sessions: ReadonlySet<Session>, head: readonly string[], payload: Uint8Array): void {
    const encoded: (Buffer | undefined)[] = [];
    for (const session of sessions) {
      session.push((encoded[session.protocol] ??= this.#encode(session.protocol, head, payload)));
    }
  }

  #encode(protocol: 2 | 3, head: readonly string[], payload: Uint8Array): Buffer {
    const writer = this.#writer;
    writer.protocol = protocol;
    writer.push(head.length + 1);
    for (const text of head) writer.bulk(Buffer.from(text, 'latin1'));
    writer.bulk(payload);
    return writer.take();
  }

  #update(): void {
    if (this.active === (this.#messages !== undefined)) return;
    if (!this.active) {
      this.close();
      return;
    }
    this.#messages = this.#pubsub.subscribe(
      'client_message',
      (message) => {
        if (message.topic === 'overflow') this.#disconnect();
        else this.deliver(Buffer.from(message.channel).toString('latin1'), message.payload);
      },
      { limit: LIMIT, limitBytes: LIMIT_BYTES },
    );
  }

  #disconnect(): void {
    const sessions = new Set<Session>();
    for (const listeners of [...this.#channels.values(), ...this.#patterns.values()]) {
      for (const session of listeners) sessions.add(session);
    }
    for (const session of sessions) session.disconnect();
  }
}

function add(map: Map<string, Set<Session>>, name: string, session: Session): void {
  const sessions = map.get(name);
  if (sessions === undefined) map.set(name, new Set([session]));
  else sessions.add(session);
}

function remove(map: Map<string, Set<Session>>, name: string, session: Session): void {
  const sessions = map.get(name);
  if (sessions === undefined) return;
  sessions.delete(session);
  if (sessions.size === 0) map.delete(name);
}

function matches(glob: Buffer, name: string): boolean {
  return globMatches(glob, Buffer.from(name, 'latin1'));
}
