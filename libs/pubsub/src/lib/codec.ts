import { decode, encode } from '@msgpack/msgpack';
import { MalformedMessageError } from './errors.ts';
import {
  bytes,
  count,
  integer,
  limit,
  list,
  nullable,
  oneOf,
  pair,
  record,
  text,
  u32,
  weight,
  type Field,
} from './field.ts';
import type { Message, MessageOf, Topic } from './messages.ts';

/*
 * The wire format, the same for every implementation of PubSub:
 *
 *     frame = version (one byte), record as MessagePack
 *
 * A record is the array of its values in the order in which the fields stand below, so a message of a thousand
 * invalidated keys does not spell the field names a thousand times. That order is the format. Within a version
 * a field may only be appended, and only one that readers can do without: they skip elements that they do not know.
 * Any other change needs the next version.
 */
const FORMAT_VERSION = 1;

/** Slots are those of Redis Cluster: 0 to 16383. */
const slot = integer(0, 16383);
const version = record({ epoch: u32, counter: u32 });

const records: { readonly [T in Topic]: Field<MessageOf<T>> } = {
  node_key_assignment: record({
    topic: oneOf('node_key_assignment'),
    epoch: u32,
    moves: list(record({ from: nullable(text), to: text, slots: list(pair(slot)) })),
  }),
  cache_invalidation: record({
    topic: oneOf('cache_invalidation'),
    node: text,
    incarnation: text,
    sequence: count,
    entries: list(record({ slot, key: nullable(bytes), version })),
  }),
  node_status: record({
    topic: oneOf('node_status'),
    node: text,
    incarnation: text,
    state: oneOf('active', 'draining', 'closed'),
    weight,
    slots: count,
    statistics: record({
      entries: count,
      bytes: count,
      maxBytes: limit,
      hits: count,
      misses: count,
      evictions: count,
      expirations: count,
    }),
  }),
  topology: record({
    topic: oneOf('topology'),
    epoch: u32,
    members: list(record({ id: text, incarnation: text, weight })),
  }),
  client_message: record({ topic: oneOf('client_message'), channel: bytes, payload: bytes, origin: text }),
};

/** The bytes of a message, in memory of their own. Throws {@link MalformedMessageError} when a field is wrong. */
export function encodeMessage(message: Message): Uint8Array {
  const body = encode((records[message.topic] as Field<Message>).pack(message));
  const frame = new Uint8Array(1 + body.length);
  frame[0] = FORMAT_VERSION;
  frame.set(body, 1);
  return frame;
}

/**
 * The message of `topic` that `frame` holds; it shares no memory with the frame. Throws {@link MalformedMessageError},
 * and nothing else, for whatever other bytes.
 */
export function decodeMessage<T extends Topic>(topic: T, frame: Uint8Array): MessageOf<T> {
  if (frame[0] !== FORMAT_VERSION) throw new MalformedMessageError(`format version ${FORMAT_VERSION}`);
  return records[topic].unpack(decodeBody(frame.subarray(1)));
}

function decodeBody(body: Uint8Array): unknown {
  try {
    // An element takes at least a byte: no header can make the decoder reserve more than the frame could hold. The
    // format has neither maps nor extensions.
    return decode(body, { maxArrayLength: body.length, maxMapLength: 0, maxExtLength: 0 });
  } catch (error) {
    throw new MalformedMessageError('MessagePack', '', { cause: error });
  }
}
