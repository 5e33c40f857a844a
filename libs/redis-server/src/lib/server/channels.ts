import { randomUUID } from 'node:crypto';
import type { PubSub } from '@distributed-cache/pubsub';
import { ReplyWriter } from '@distributed-cache/resp';
import { Glob } from '../commands/glob.ts';

/** Messages of other servers that may wait for delivery, all subscribers together. */
const LIMIT = 1_000_000;
const LIMIT_BYTES = 64 * 2 ** 20;

/** Who listens. */
export interface Subscriber {
  readonly protocol: 2 | 3;
  /** Sends a message that answers no command. */
  push(bytes: Buffer): void;
  disconnect(): void;
}

/** Closes what {@link PubSub.subscribe} opened. */
interface Subscription {
  unsubscribe(): void;
}

interface Pattern {
  readonly glob: Glob;
  readonly sessions: Set<Subscriber>;
}

/**
 * Who listens to which channels and patterns at this server. Names are latin1 strings: one character a byte.
 *
 * What clients publish here goes to the subscribers here at once, into the output of each: nothing waits in between, a
 * subscriber that does not read is closed alone, and what nobody listens to costs nothing. It also goes over the cache's
 * own publish/subscribe, to the other servers. From there this one takes only what others published and somebody here
 * listens to. Should it have to drop some of that, it closes the connections of its subscribers, so that none of them
 * misses a message without knowing.
 */
export class Channels {
  readonly #pubsub: PubSub;
  /** Tells the messages of this server from those of others. */
  readonly #origin = randomUUID();
  readonly #channels = new Map<string, Set<Subscriber>>();
  readonly #patterns = new Map<string, Pattern>();
  readonly #writer = new ReplyWriter({ capacity: 1024 });
  #messages: Subscription | undefined;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  subscribe(session: Subscriber, channel: string): void {
    const sessions = this.#channels.get(channel);
    if (sessions === undefined) this.#channels.set(channel, new Set([session]));
    else sessions.add(session);
    this.#update();
  }

  unsubscribe(session: Subscriber, channel: string): void {
    const sessions = this.#channels.get(channel);
    if (sessions?.delete(session) === true && sessions.size === 0) this.#channels.delete(channel);
    this.#update();
  }

  subscribePattern(session: Subscriber, pattern: string): void {
    const known = this.#patterns.get(pattern);
    if (known === undefined) {
      const glob = new Glob(Buffer.from(pattern, 'latin1'));
      this.#patterns.set(pattern, { glob, sessions: new Set([session]) });
    } else {
      known.sessions.add(session);
    }
    this.#update();
  }

  unsubscribePattern(session: Subscriber, pattern: string): void {
    const sessions = this.#patterns.get(pattern)?.sessions;
    if (sessions?.delete(session) === true && sessions.size === 0) this.#patterns.delete(pattern);
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
    const glob = new Glob(Buffer.from(pattern, 'latin1'));
    return names.filter((name) => glob.matches(Buffer.from(name, 'latin1')));
  }

  subscribers(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  get patterns(): number {
    return this.#patterns.size;
  }

  /** To the subscribers at all servers. Returns how many of them are here. The bytes may be reused afterwards. */
  publish(channel: Buffer, payload: Uint8Array): number {
    if (this.#pubsub.hasSubscribers('client_message')) {
      this.#pubsub.publish({ topic: 'client_message', channel, payload, origin: this.#origin });
    }
    return this.active ? this.#deliver(channel.toString('latin1'), channel, payload) : 0;
  }

  /** To the subscribers here alone. @param channel may have any characters; those beyond latin1 are cut off */
  announce(channel: string, payload: Uint8Array): void {
    if (this.active) this.#deliver(channel, Buffer.from(channel, 'latin1'), payload);
  }

  close(): void {
    this.#messages?.unsubscribe();
    this.#messages = undefined;
  }

  /** Returns to how many. @param name the channel's, whose bytes are `channel` */
  #deliver(name: string, channel: Uint8Array, payload: Uint8Array): number {
    let receivers = 0;
    const sessions = this.#channels.get(name);
    if (sessions !== undefined) {
      receivers += sessions.size;
      this.#send(sessions, ['message', name], payload);
    }
    for (const [pattern, { glob, sessions: listeners }] of this.#patterns) {
      if (!glob.matches(channel)) continue;
      receivers += listeners.size;
      this.#send(listeners, ['pmessage', pattern, name], payload);
    }
    return receivers;
  }

  #hasReceivers(channel: Uint8Array): boolean {
    const { buffer, byteOffset, length } = channel;
    if (this.#channels.has(Buffer.from(buffer, byteOffset, length).toString('latin1'))) return true;
    for (const { glob } of this.#patterns.values()) if (glob.matches(channel)) return true;
    return false;
  }

  /** Encodes the message once for each version of the protocol that somebody speaks. */
  #send(sessions: ReadonlySet<Subscriber>, head: readonly string[], payload: Uint8Array): void {
    const encoded: (Buffer | undefined)[] = [];
    for (const session of sessions) {
      session.push((encoded[session.protocol] ??= this.#encode(session.protocol, head, payload)));
    }
  }

  /** In memory of its own size, since it may wait for long. */
  #encode(protocol: 2 | 3, head: readonly string[], payload: Uint8Array): Buffer {
    const writer = this.#writer;
    writer.protocol = protocol;
    writer.push(head.length + 1);
    for (const text of head) writer.bulk(Buffer.from(text, 'latin1'));
    writer.bulk(payload);
    const message = Buffer.from(writer.view());
    writer.reset();
    return message;
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
        else {
          const channel = Buffer.from(message.channel);
          this.#deliver(channel.toString('latin1'), channel, message.payload);
        }
      },
      {
        filter: ({ origin, channel }) => origin !== this.#origin && this.#hasReceivers(channel),
        limit: LIMIT,
        limitBytes: LIMIT_BYTES,
      },
    );
  }

  #disconnect(): void {
    const subscribers = new Set<Subscriber>();
    for (const sessions of this.#channels.values()) for (const each of sessions) subscribers.add(each);
    for (const { sessions } of this.#patterns.values()) for (const each of sessions) subscribers.add(each);
    for (const session of subscribers) session.disconnect();
  }
}
