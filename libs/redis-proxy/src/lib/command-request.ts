import {
  cloneArguments,
  type Arguments,
  type Command,
  type Session,
  capture,
} from '@distributed-cache/redis-server';
import { type Status } from '@distributed-cache/data-node';
import type { RoutedRequest, Verb } from '@distributed-cache/cache';
import type { Transit } from '@distributed-cache/cluster';
import { forEachKey } from './keys.ts';

/**
 * A command of a Redis client on its way to a data node. The proxy has one that it fills again for each command, so a
 * command that is answered at once allocates nothing here.
 */
export class CommandRequest implements RoutedRequest<CommandRequest> {
  command!: Command<Session>;
  args!: Arguments;
  session!: Session;
  /** Of all keys; {@link ANY_SLOT} when the command concerns a data node as a whole. */
  slot = 0;
  /** Keys that are not where {@link Command.keys} says. */
  keys: readonly Buffer[] | undefined;
  /** The answer is wanted as bytes, rather than in the session's output. */
  captured = false;

  fill(command: Command<Session>, args: Arguments, session: Session, slot: number, captured: boolean): this {
    this.command = command;
    this.args = args;
    this.session = session;
    this.slot = slot;
    this.keys = undefined;
    this.captured = captured;
    return this;
  }

  pull(transit: Transit): Promise<void> | undefined {
    const pulls: Promise<void>[] = [];
    const pull = (key: Uint8Array, start: number, end: number): void => {
      const pulled = transit.pull(key, start, end, this.slot);
      if (pulled !== undefined) pulls.push(pulled);
    };
    if (this.keys !== undefined) {
      for (const key of this.keys) pull(key, 0, key.length);
    } else {
      const { buffer, starts, ends } = this.args;
      forEachKey(this.command, this.args, (index) => {
        pull(buffer, starts[index]!, ends[index]!);
      });
    }
    return pulls.length === 0 ? undefined : Promise.all(pulls).then(() => undefined);
  }

  /** What is answered later cannot be written to the session's output, which is that of another event by then. */
  detach(): CommandRequest {
    const { command, args, session, slot } = this;
    const copy = new CommandRequest().fill(command, cloneArguments(args), session, slot, true);
    copy.keys = this.keys;
    return copy;
  }
}

/** Comes to the bytes of the command's answer; to nothing when that was written to the session's output. */
export type CommandVerb = Verb<Buffer | undefined, CommandRequest, Buffer>;

export function verbOf({ name, writes }: Command): CommandVerb {
  return { name, writes, send, read };
}

function send(
  client: Parameters<CommandVerb['send']>[0],
  request: CommandRequest,
): Status | Buffer | Promise<Buffer | Status> {
  const { command, args, session, slot } = request;
  if (!request.captured) return client.execute(command, args, session, slot);
  return capture(session, () => client.execute(command, args, session, slot));
}

function read(answer: Buffer | Status): Buffer | undefined {
  return typeof answer === 'number' ? undefined : answer;
}
