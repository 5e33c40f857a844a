import {
  ANY_SLOT,
  CLOSED,
  LocalDataNodeClient,
  MOVED,
  OK,
  type DataNode,
  type Hit,
  type Status,
} from '@distributed-cache/data-node';
import { CommandEncoder, errorReply, ReplyWriter, RequestParser } from '@distributed-cache/resp';
import { integerAt, latin1At, type Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';
import { argumentsAfter, INTERNAL_COMMANDS, PREFIX } from './operation-codec.ts';
import type { NodeContext } from './node-context.ts';

/** What calls besides commands come to, in the words of the Redis protocol. */
type CallAnswer = Hit | Status | readonly string[] | undefined;

/**
 * Carries out on a data node what others ask in bytes: the other end of {@link RemoteNode}.
 *
 * A request is two commands of the Redis protocol: for which incarnation, which slot and how long the caller waits; and what
 * is asked. Its answer is a reply. `-MOVED` and `-CLOSED` say that nothing was done.
 */
export class NodeService {
  readonly #node: DataNode;
  readonly #context: NodeContext;
  readonly #local: LocalDataNodeClient;
  readonly #calls: ReadonlyMap<string, (args: Arguments, slot: number) => CallAnswer>;

  constructor(node: DataNode, context: NodeContext) {
    this.#node = node;
    this.#context = context;
    this.#local = new LocalDataNodeClient(node);
    this.#calls = this.#callsByName();
  }

  /** The answer to a request, in memory of its own. */
  serve(request: Buffer): Buffer {
    const parser = new RequestParser();
    parser.feed(request);
    parser.next();
    const incarnation = latin1At(parser, 0);
    const slot = Number(integerAt(parser, 1));
    parser.next();
    if (incarnation !== this.#node.incarnation)
      return errorReply('GONE the data node is another incarnation now');
    const word = latin1At(parser, 0);
    const call = this.#calls.get(word);
    if (call !== undefined) return encodeAnswer(call(argumentsAfter(parser, 1), slot));
    return this.#execute(INTERNAL_COMMANDS.get(word), parser, slot);
  }

  /** @param internal absent for a command of clients */
  #execute(internal: Command<unknown> | undefined, args: Arguments, slot: number): Buffer {
    const status = slot === ANY_SLOT ? OK : this.#node.serves(slot);
    if (status !== OK) return encodeAnswer(status);
    const context = this.#context;
    const { out } = context;
    context.speak({ protocol: latin1At(args, 1) === '3' ? 3 : 2, noTouch: latin1At(args, 2) === '1' });
    const rest = argumentsAfter(args, PREFIX);
    try {
      if (internal === undefined) context.execute(rest);
      else internal.run!(rest, context);
      if (!out.overflowed) return Buffer.from(out.view());
      return errorReply(`FULL the answer exceeds the limit of ${context.settings.outputLimit} bytes`);
    } finally {
      out.reset();
    }
  }

  #callsByName(): ReadonlyMap<string, (args: Arguments, slot: number) => CallAnswer> {
    const node = this.#local;
    return new Map<string, (args: Arguments, slot: number) => CallAnswer>([
      ['node-get', ({ buffer, starts, ends }) => node.get(buffer, starts[0]!, ends[0]!)],
      ['node-has', ({ buffer, starts, ends }) => node.has(buffer, starts[0]!, ends[0]!)],
      ['node-delete', ({ buffer, starts, ends }) => node.delete(buffer, starts[0]!, ends[0]!)],
      [
        'node-set',
        (args) => {
          const { buffer, starts, ends } = args;
          const [ttl, flags] = [Number(latin1At(args, 2)), Number(latin1At(args, 3))];
          return node.set(buffer, starts[0]!, ends[0]!, buffer, starts[1]!, ends[1]!, ttl, flags);
        },
      ],
      [
        'node-start',
        doing(() => {
          node.start();
        }),
      ],
      [
        'node-statistics',
        () => Object.entries(node.statistics()).flatMap(([name, count]) => [name, String(count)]),
      ],
      [
        'node-reset-statistics',
        doing(() => {
          node.resetStatistics();
        }),
      ],
      [
        'node-drain',
        doing(() => {
          node.drain();
        }),
      ],
      [
        'node-restart',
        doing(() => {
          node.restart();
        }),
      ],
      [
        'node-close',
        doing(() => {
          node.close();
        }),
      ],
    ]);
  }
}

/** A call that only does something. */
function doing(call: () => void): () => undefined {
  return () => {
    call();
    return undefined;
  };
}

function encodeAnswer(answer: CallAnswer): Buffer {
  const out = new ReplyWriter({ capacity: 256 });
  if (answer === undefined) out.integer(OK);
  else if (answer === MOVED) out.error('MOVED');
  else if (answer === CLOSED) out.error('CLOSED');
  else if (typeof answer === 'number') out.integer(answer);
  else if ('value' in answer) {
    out.array(3);
    out.bulk(answer.value);
    out.integer(answer.version.epoch);
    out.integer(answer.version.counter);
  } else {
    out.array(answer.length);
    for (const text of answer) out.bulkText(text);
  }
  return out.take();
}

/** For {@link RemoteNode}: a request to the incarnation. */
export function encodeRequest(incarnation: string, slot: number, timeout: number, operation: Buffer): Buffer {
  const encoder = new CommandEncoder({ capacity: 128 });
  encoder.encode(incarnation, slot, timeout);
  return Buffer.concat([encoder.take(), operation]);
}
