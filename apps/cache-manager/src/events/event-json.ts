import { isUtf8 } from 'node:buffer';
import type { InvalidatedEntry, Message, Overflow } from '@distributed-cache/pubsub';

/** A message as a server-sent event: its topic names it, the rest is its data. */
export function eventText(message: Message | Overflow, id: number): string {
  return `event: ${message.topic}\nid: ${id}\ndata: ${JSON.stringify(dataOf(message))}\n\n`;
}

function dataOf(message: Message | Overflow): object {
  const data: Record<string, unknown> = { ...message };
  delete data['topic'];
  if (message.topic !== 'cache_invalidation') return data;
  return { ...data, entries: message.entries.map(invalidatedEntry) };
}

/** Keys are text where they can be, as in the answers about entries. */
function invalidatedEntry({ slot, key, version }: InvalidatedEntry): object {
  if (key === null) return { slot, key, version };
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return isUtf8(bytes)
    ? { slot, key: bytes.toString('utf8'), version }
    : { slot, key: bytes.toString('base64'), encoding: 'base64', version };
}
