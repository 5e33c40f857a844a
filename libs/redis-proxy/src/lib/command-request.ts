import {
  cloneArguments,
  type Arguments,
  type Command,
  type Session,
  capture,
  encodeOperation,
} from '@distributed-cache/redis-server';
import type { DataNode, DataNodeOperations, Operation, Status } from '@distributed-cache/data-node';
import type { RoutedRequest, Verb } from '@distributed-cache/cache';
import type { SlotTransit } from '@distributed-cache/cluster';
import { forEachKey } from './keys.ts';

/**
 * A command of a Redis client on its way to a data node. The proxy has one that it fills again for each command, so a
 * command that is answered at once allocates nothing here.
 */
export class CommandRequest implements RoutedRequest<CommandRequest>, Operation {
  command!: Command<Session>;
  args!: Arguments;
  session!: Session;
  /** Of all keys; {@link ANY_SLOT} when the command concerns a data node as a whole. */
  slot = 0;
  /** Keys that are not where {@link Command.keys} says. */
  keys: readonly Buffer[] | undefined;
  /** The commands of a transaction. */
  queued: readonly Command[] = [];
  /** The answer is wanted as bytes, rather than in the session's output. */
  captured = false;

  fill(command: Command<Session>, args: Arguments, session: Session, slot: number, captured: boolean): this {
    this.command = command;
    this.args = args;
    this.session = session;
    this.slot = slot;
    this.keys = undefined;
    this.queued = [];
    this.captured = captured;
    return this;
  }

  run(node: DataNode): void {
    this.session.node = node;
    this.command.execute(this.args, this.session);
  }

  /** What runs elsewhere is counted here, where its client is. */
  encode(): Buffer {
    const { calls } = this.session.server.statistics;
    for (const { index } of this.queued) calls[index]!++;
    return encodeOperation(this.command, this.args, this.session);
  }

  pull(transit: SlotTransit): Promise<void> | undefined {
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
    copy.queued = this.queued;
    return copy;
  }
}

/** Comes to the bytes of the command's answer; to nothing when that was written to the session's output. */
export type CommandVerb = Verb<Buffer | undefined, CommandRequest, Buffer>;

export function verbOf({ name, writes }: Command): CommandVerb {
  return { name, writes, send, read };
}

function send(
  node: DataNodeOperations,
  request: CommandRequest,
  timeout: number,
): Status | Buffer | Promise<Buffer | Status> {
  if (!request.captured) return node.execute(request, timeout);
  return capture(request.session, () => node.execute(request, timeout));
}

function read(answer: Buffer | Status): Buffer | undefined {
  return typeof answer === 'number' ? undefined : answer;
}
