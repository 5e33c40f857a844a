import { OK } from '@distributed-cache/data-node';
import { type Session } from './session.ts';

/**
 * Makes a call that may write the answer of a command to the session's output, and takes it from there: returns its
 * bytes instead of OK. Works in any event, since the output is left as it was.
 *
 * @throws RespError output-full when the answer is too large. The call has been carried out.
 */
export function capture<T>(session: Session, call: () => T): T | Buffer {
  const { out } = session;
  const { length, protocol } = out;
  out.protocol = session.protocol;
  try {
    const answer = call();
    out.checkOverflow();
    return answer === OK ? Buffer.from(out.view().subarray(length)) : answer;
  } finally {
    out.length = length;
    out.protocol = protocol;
  }
}
