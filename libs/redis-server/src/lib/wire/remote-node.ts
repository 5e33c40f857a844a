import {
  ANY_SLOT,
  CLOSED,
  MOVED,
  UnreachableError,
  type DataNodeLife,
  type DataNodeOperations,
  type Hit,
  type Operation,
  type Status,
} from '@distributed-cache/data-node';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import {
  CommandEncoder,
  ReplyError,
  ReplyParser,
  RespError,
  type CommandArgument,
  type Reply,
} from '@distributed-cache/resp';
import { encodeRequest } from './node-service.ts';

/** Milliseconds that calls about the node's life may take: who makes them has deadlines of their own. */
const LIFE_TIMEOUT = 10_000;

const MOVED_REPLY = Buffer.from('-MOVED');
const CLOSED_REPLY = Buffer.from('-CLOSED');
const FULL_REPLY = Buffer.from('-FULL ');
const GONE_REPLY = Buffer.from('-GONE ');

/** Who the data node is, as its end of the way last said. */
interface Identity {
  readonly id: string;
  readonly weight: number;
  readonly incarnation: string;
}

/** The ports to a data node to which bytes can be sent: the other end of {@link NodeService}. */
export class RemoteNode implements DataNodeOperations, DataNodeLife {
  readonly #identity: Identity;
  readonly #send: (request: Buffer) => Promise<Buffer>;

  /** @param send comes to the answer. Requests must arrive in the order in which they were sent, each at most once. */
  constructor(identity: Identity, send: (request: Buffer) => Promise<Buffer>) {
    this.#identity = identity;
    this.#send = send;
  }

  get id(): string {
    return this.#identity.id;
  }

  get weight(): number {
    return this.#identity.weight;
  }

  get incarnation(): string {
    return this.#identity.incarnation;
  }

  async get(
    key: Uint8Array,
    start: number,
    end: number,
    slot: number,
    timeout: number,
  ): Promise<Hit | Status> {
    const reply = await this.#call(slot, timeout, 'node-get', key.subarray(start, end));
    if (!Array.isArray(reply)) return reply as Status;
    const [value, epoch, counter] = reply as [Buffer, number, number];
    return { value, node: this.id, version: { epoch, counter } };
  }

  async has(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Promise<Status> {
    return (await this.#call(slot, timeout, 'node-has', key.subarray(start, end))) as Status;
  }

  async set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    ttl: number,
    flags: number,
    slot: number,
    timeout: number,
  ): Promise<Status> {
    const [keyBytes, bytes] = [key.subarray(keyStart, keyEnd), value.subarray(valueStart, valueEnd)];
    return (await this.#call(slot, timeout, 'node-set', keyBytes, bytes, ttl, flags)) as Status;
  }

  async delete(key: Uint8Array, start: number, end: number, slot: number, timeout: number): Promise<Status> {
    return (await this.#call(slot, timeout, 'node-delete', key.subarray(start, end))) as Status;
  }

  execute(operation: Operation, timeout: number): Promise<Buffer | Status> {
    const request = encodeRequest(this.incarnation, operation.slot, timeout, operation.encode());
    return this.#send(request).then((answer) => this.#checked(answer));
  }

  prepare(): void {
    // Elsewhere there is nothing to prepare.
  }

  async start(): Promise<void> {
    await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-start');
  }

  async statistics(): Promise<NodeStatistics> {
    const fields = (await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-statistics')) as Buffer[];
    const pairs = Array.from({ length: fields.length / 2 }, (_, pair) => [
      String(fields[2 * pair]),
      Number(fields[2 * pair + 1]),
    ]);
    return Object.fromEntries(pairs) as NodeStatistics;
  }

  async resetStatistics(): Promise<void> {
    await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-reset-statistics');
  }

  async drain(): Promise<void> {
    await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-drain');
  }

  async restart(): Promise<void> {
    await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-restart');
  }

  async close(): Promise<void> {
    await this.#call(ANY_SLOT, LIFE_TIMEOUT, 'node-close');
  }

  async #call(slot: number, timeout: number, ...words: readonly CommandArgument[]): Promise<Reply | Status> {
    const encoder = new CommandEncoder({ capacity: 256 });
    encoder.encode(...words);
    const answer = this.#checked(
      await this.#send(encodeRequest(this.incarnation, slot, timeout, encoder.take())),
    );
    return typeof answer === 'number' ? answer : parsed(answer);
  }

  /**
   * @throws UnreachableError when the incarnation that was asked is gone
   * @throws RespError output-full when the operation was done and its answer is too large
   */
  #checked(answer: Buffer): Buffer | Status {
    if (startsWith(answer, MOVED_REPLY)) return MOVED;
    if (startsWith(answer, CLOSED_REPLY)) return CLOSED;
    if (startsWith(answer, GONE_REPLY)) throw new UnreachableError(this.id);
    if (startsWith(answer, FULL_REPLY))
      throw new RespError('output-full', answer.toString('latin1', 6).trimEnd());
    return answer;
  }
}

function startsWith(answer: Buffer, start: Buffer): boolean {
  return answer.length >= start.length && answer.compare(start, 0, start.length, 0, start.length) === 0;
}

function parsed(answer: Buffer): Reply {
  const parser = new ReplyParser();
  parser.feed(answer);
  parser.next();
  if (parser.value instanceof ReplyError) throw parser.value;
  return parser.value;
}
