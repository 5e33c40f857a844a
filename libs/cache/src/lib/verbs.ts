import {
  NOT_STORED,
  OK,
  TOO_LARGE,
  type Status,
  type Answer,
  type DataNodeOperations,
  type Hit,
} from '@distributed-cache/data-node';
import { type Member, type SetResult } from '@distributed-cache/cluster';
import { EntryTooLargeError } from './errors.ts';
import type { Request } from './request.ts';

/**
 * One kind of operation: how to ask a data node, and what its answer means.
 * @typeParam T what the operation comes to
 * @typeParam R its arguments
 * @typeParam A what the data node answers when the slot is its own
 */
export interface Verb<T, R = Request, A = Hit | Status> {
  readonly name: string;
  /** Whether it changes the entry: then an answer that is lost leaves the outcome unknown. */
  readonly writes: boolean;
  /** @param timeout how long the caller waits, in milliseconds */
  send(node: DataNodeOperations, request: R, timeout: number): Answer<A | Status>;
  read(answer: A | Status, member: Member, request: R): T;
}

export const GET: Verb<Hit | undefined> = {
  name: 'get',
  writes: false,
  send: (node, { key, keyEnd, slot }, timeout) => node.get(key, 0, keyEnd, slot, timeout),
  read: (answer) => (typeof answer === 'number' ? undefined : answer),
};

export const HAS: Verb<boolean> = {
  name: 'has',
  writes: false,
  send: (node, { key, keyEnd, slot }, timeout) => node.has(key, 0, keyEnd, slot, timeout),
  read: (answer) => answer === OK,
};

export const DELETE: Verb<boolean> = {
  name: 'delete',
  writes: true,
  send: (node, { key, keyEnd, slot }, timeout) => node.delete(key, 0, keyEnd, slot, timeout),
  read: (answer) => answer === OK,
};

export const SET: Verb<SetResult> = {
  name: 'set',
  writes: true,
  send: (node, { key, keyEnd, slot, value, valueEnd, ttl, flags }, timeout) =>
    node.set(key, 0, keyEnd, value, 0, valueEnd, ttl, flags, slot, timeout),
  read: (answer, member, request) => {
    if (answer === OK) return member.stored;
    if (answer === NOT_STORED) return member.notStored;
    if (answer === TOO_LARGE) {
      const size = request.keyEnd + request.valueEnd;
      throw new EntryTooLargeError(member.id, size, member.statistics.maxBytes);
    }
    throw new Error(`Data node ${member.id} answered set with ${String(answer)}.`);
  },
};
