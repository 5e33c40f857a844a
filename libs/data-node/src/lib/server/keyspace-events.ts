import type { Arguments } from '../commands/arguments.ts';
import { copyOf } from '../commands/arguments.ts';
import { readKey } from '../read.ts';
import { EVICTED } from '../store.ts';
import type { ServerState } from './server-state.ts';

/** Kinds of events, as letters of `notify-keyspace-events`. */
export type EventKind = 'g' | '$' | 'x' | 'e';

/** All letters that Redis 7.0 accepts; `A` stands for all kinds but `m` and `n`. */
const LETTERS = 'KEA$glshzxetdmn';
const ALL = 'g$lshzxetd';

/**
 * The letters in one order and each once, as `CONFIG GET` shows them; undefined when there is another one.
 */
export function normalizedEvents(letters: string): string | undefined {
  for (const letter of letters) if (!LETTERS.includes(letter)) return undefined;
  const all = letters.includes('A') || [...ALL].every((letter) => letters.includes(letter));
  const kinds = all ? 'A' : [...ALL].filter((letter) => letters.includes(letter)).join('');
  const rest = [...'KEnm'].filter((letter) => letters.includes(letter)).join('');
  return kinds + rest;
}

/**
 * Keyspace notifications: what happens to keys, as messages to the subscribers of
 * `__keyspace@0__:<key>` and `__keyevent@0__:<event>` at this server.
 *
 * They are collected while commands run, and delivered when the read event's answers have been written.
 */
export class KeyspaceEvents {
  readonly #server: ServerState;
  #kinds = '';
  #byKey = false;
  #byEvent = false;
  #waiting: { readonly event: string; readonly key: Buffer }[] = [];
  #cancel: (() => void) | undefined;
  /** False when nothing is to be told: the only cost then. */
  enabled = false;

  constructor(server: ServerState) {
    this.#server = server;
    this.configure(server.settings.keyspaceEvents);
  }

  /** @param events normalised letters */
  configure(events: string): void {
    this.#kinds = events.includes('A') ? ALL + events : events;
    this.#byKey = events.includes('K');
    this.#byEvent = events.includes('E');
    this.enabled = this.#byKey || this.#byEvent;
    for (const node of this.#server.nodes) {
      node.onRemove = this.enabled
        ? (entry, cause) => {
            if (cause === EVICTED) this.add('e', 'evicted', () => readKey(node.store, entry));
            else this.add('x', 'expired', () => readKey(node.store, entry));
          }
        : undefined;
    }
  }

  /** Something happened to the key that is argument `index`. */
  notify(kind: EventKind, event: string, args: Arguments, index: number): void {
    this.add(kind, event, () => copyOf(args, index));
  }

  /** @param key makes a copy of it */
  add(kind: EventKind, event: string, key: () => Buffer): void {
    if (!this.enabled || !this.#kinds.includes(kind) || !this.#server.channels.active) return;
    this.#waiting.push({ event, key: key() });
    this.#cancel ??= this.#server.clock.schedule(0, () => {
      this.flush();
    });
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const { channels } = this.#server;
    for (const { event, key } of waiting) {
      if (this.#byKey) channels.deliver(`__keyspace@0__:${key.toString('latin1')}`, Buffer.from(event));
      if (this.#byEvent) channels.deliver(`__keyevent@0__:${event}`, key);
    }
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = [];
    for (const node of this.#server.nodes) node.onRemove = undefined;
  }
}
