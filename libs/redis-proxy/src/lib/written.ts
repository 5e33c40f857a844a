import type { Session } from '@distributed-cache/redis-server';
import { ReplyWriter } from '@distributed-cache/resp';

/** The bytes of an answer that is made at the proxy. Throws when it is larger than an answer may be. */
export function written({ protocol, server }: Session, write: (out: ReplyWriter) => void): Buffer {
  const out = new ReplyWriter({ capacity: 4096, maxLength: server.settings.outputLimit });
  out.protocol = protocol;
  write(out);
  return out.take();
}
