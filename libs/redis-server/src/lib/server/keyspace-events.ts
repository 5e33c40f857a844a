import type { DataNode } from '@distributed-cache/data-node';
import type { Arguments } from '../commands/arguments.ts';
import { bytesAt } from '../commands/arguments.ts';
import type { EventKind } from '../commands/context.ts';
import { readKey, EVICTED } from '@distributed-cache/store';
import type { Channels } from './channels.ts';

/** All letters that Redis 7.0 accepts; `A` stands for all kinds but `m` and `n`. */
const LETTERS = 'KEA$glshzxetdmn';
const ALL = 'g$lshzxetd';

const EVICTION = ['e', 'evicted'] as const;
const EXPIRY = ['x', 'expired'] as const;

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
 * `__keyspace@0__:<key>` and `__keyevent@0__:<event>` at this server, at once.
 */
export class KeyspaceEvents {
  readonly #nodes: readonly DataNode[];
  readonly #channels: Channels;
  #kinds = '';
  #byKey = false;
  #byEvent = false;
  /** False when nothing is to be told: the only cost then. */
  enabled = false;

  /** @param events normalised letters */
  constructor(nodes: readonly DataNode[], channels: Channels, events: string) {
    this.#nodes = nodes;
    this.#channels = channels;
    this.configure(events);
  }

  /** @param events normalised letters */
  configure(events: string): void {
    this.#kinds = events.includes('A') ? ALL + events : events;
    this.#byKey = events.includes('K');
    this.#byEvent = events.includes('E');
    this.enabled = this.#byKey || this.#byEvent;
    for (const node of this.#nodes) {
      node.onRemove = this.enabled
        ? (entry, cause) => {
            const [kind, event] = cause === EVICTED ? EVICTION : EXPIRY;
            if (this.#wants(kind)) this.#tell(event, readKey(node.store, entry));
          }
        : undefined;
    }
  }

  /** Something happened to the key that is argument `index`. */
  notify(kind: EventKind, event: string, args: Arguments, index: number): void {
    this.tell(kind, event, bytesAt(args, index));
  }

  /** The same, of a key that is the caller's. */
  tell(kind: EventKind, event: string, key: Buffer): void {
    if (this.#wants(kind)) this.#tell(event, key);
  }

  close(): void {
    for (const node of this.#nodes) node.onRemove = undefined;
  }

  #wants(kind: EventKind): boolean {
    return this.enabled && this.#kinds.includes(kind) && this.#channels.active;
  }

  #tell(event: string, key: Buffer): void {
    const channels = this.#channels;
    if (this.#byKey) channels.announce(`__keyspace@0__:${key.toString('latin1')}`, Buffer.from(event));
    if (this.#byEvent) channels.announce(`__keyevent@0__:${event}`, key);
  }
}
