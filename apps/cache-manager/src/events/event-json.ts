import { isUtf8 } from 'node:buffer';
import type { InvalidatedEntry, Message, Overflow } from '@distributed-cache/pubsub';
import type { MessageEvent } from '@nestjs/common';

/** A message as an event: its topic names it, the rest is its data. */
export function eventOf(message: Message | Overflow): MessageEvent {
  const { topic, ...data } = message;
  if (message.topic === 'cache_invalidation') {
    return { type: topic, data: { ...data, entries: message.entries.map(invalidatedEntry) } };
  }
  return { type: topic, data };
}

/** Keys are text where they can be, as in the answers about entries. */
function invalidatedEntry({ slot, key, version }: InvalidatedEntry): object {
  if (key === null) return { slot, key, version };
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return isUtf8(bytes)
    ? { slot, key: bytes.toString('utf8'), version }
    : { slot, key: bytes.toString('base64'), encoding: 'base64', version };
}
