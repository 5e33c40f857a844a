import type { ClientMessage, MessageOf, Topic, TopologyChange } from '../messages.ts';

/** A message of each topic, with what is hard to carry. */
export const samples: { readonly [T in Topic]: MessageOf<T> } = {
  node_key_assignment: {
    topic: 'node_key_assignment',
    epoch: 7,
    moves: [
      {
        from: null,
        to: 'node-1',
        slots: [
          [0, 99],
          [16383, 16383],
        ],
      },
      { from: 'node-2', to: 'node-1', slots: [] },
    ],
  },
  cache_invalidation: {
    topic: 'cache_invalidation',
    node: 'node-1',
    incarnation: 'f00d',
    sequence: 2 ** 40,
    entries: [
      { slot: 12739, key: Uint8Array.of(0, 255, 13, 10), version: { epoch: 1, counter: 0xffff_ffff } },
      { slot: 1, key: new Uint8Array(), version: { epoch: 0xffff_ffff, counter: 0 } },
      { slot: 2, key: null, version: { epoch: 1, counter: 2 } },
    ],
  },
  node_status: {
    topic: 'node_status',
    node: 'нода 🙂',
    incarnation: '',
    state: 'draining',
    weight: 1.5,
    slots: 16384,
    statistics: {
      entries: 1,
      bytes: 2 ** 33,
      maxBytes: Infinity,
      hits: 4,
      misses: 5,
      evictions: 6,
      expirations: 7,
    },
  },
  topology: { topic: 'topology', epoch: 8, members: [{ id: 'node-1', incarnation: 'f00d', weight: 1 }] },
  client_message: {
    topic: 'client_message',
    origin: 'server-1',
    channel: Uint8Array.of(1, 2),
    payload: Uint8Array.of(0, 128, 255),
  },
};

export function numbered(n: number): TopologyChange {
  return { topic: 'topology', epoch: n, members: [] };
}

export function sized(bytes: number): ClientMessage {
  return { topic: 'client_message', origin: '', channel: new Uint8Array(), payload: new Uint8Array(bytes) };
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
