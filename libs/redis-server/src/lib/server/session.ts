import { CommandsAhead, RequestParser, type ReplyWriter } from '@distributed-cache/resp';
import { isWord, quotedAt, type Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';
import type { CommandContext } from '../commands/context.ts';
import { servesKeys } from '../commands/slot-check.ts';
import { DB_OUT_OF_RANGE, NO_AUTH, QUEUED } from '../commands/replies.ts';
import type { DataNode } from '@distributed-cache/data-node';
import { MAX_PREPARED } from '@distributed-cache/store';
import type { CommandProxy } from './command-proxy.ts';
import { Muting } from './muting.ts';
import { Names } from './names.ts';
import type { Tracking } from './tracking.ts';
import { Transaction, WatchedBytes, type WatchedKey } from './transaction.ts';
import type { Client, SharedState } from './shared-state.ts';

/** Answers of one client are sent when so many bytes of them wait, and it runs no further command until they left. */
const HIGH_WATER = 256 * 1024;
/** Milliseconds for which the commands of one client run before those of others have their turn. */
const TURN = 10;
/** Commands before the first look at the clock, and between two of them: it takes as long as a small command does. */
const CLOCKED = 16;
/** Commands between two readings of the clock within one read event, and of which one is timed. */
const SAMPLED = 128;

/** The first byte of an error. */
const MINUS = 0x2d;

/** Why a command may not simply run: any of these sends it through `#admit`. */
const UNAUTHENTICATED = 1;
const IN_TRANSACTION = 2;
const SUBSCRIBED = 4;
const WITHOUT_DATABASE = 8;
const TRACKED = 16;

/** One serves all sessions: it is empty between events. */
const AHEAD = new CommandsAhead(MAX_PREPARED);

/** What carries a session's bytes. */
export interface Transport {
  /** Address and port of the client, and of the server. */
  readonly remote: string;
  readonly local: string;
  /** Sends bytes that nobody will change any more, after those of the answers that were written before. */
  send(bytes: Buffer): void;
  /** Bytes that were sent, and wait for the client to read. */
  readonly pending: number;
  /** To call `run` again. */
  resume(): void;
  /** Closes the connection at once. */
  destroy(): void;
  /** The same, because of an error that no answer can tell. */
  fail(error: unknown): void;
}

/** An answer that comes later, and what became of it. */
interface LaterAnswer {
  bytes: Buffer | undefined;
  /** It is not to be sent: CLIENT REPLY. */
  muted: boolean;
}

/** One client: its protocol, its rights, its transaction, its subscriptions. Bytes in, answers out. */
export class Session implements CommandContext, Client {
  readonly id: number;
  readonly server: SharedState<Session>;
  /** Where commands find their keys. A proxy chooses it for each. */
  node: DataNode;
  readonly transport: Transport;
  /** Where answers go. */
  readonly out: ReplyWriter;
  readonly createdAt: number;
  readonly parser: RequestParser;

  name = '';
  libraryName = '';
  libraryVersion = '';
  /** Does not count as a use of what it reads. */
  noTouch = false;
  noEvict = false;
  /** CLIENT REPLY. */
  readonly muting: Muting;
  lastCommand: Command<Session> | undefined;
  lastActive: number;
  readonly channels = new Names('channels');
  readonly patterns = new Names('patterns');
  watched: WatchedKey[] = [];
  /** To be closed when the answers so far are sent. */
  closing = false;
  /** To be closed when the command that waits for its answer has it. */
  finishing = false;

  #protocol: 2 | 3 = 2;
  readonly #watchedBytes = new WatchedBytes();
  #transaction: Transaction | undefined;
  #tracking: Tracking | undefined;
  #restrictions = 0;
  #sinceSample = 0;
  /** Something comes before the next command: messages, or one that was postponed, or waits for its answer. */
  #halted = false;
  /** Commands run, so that an answer may be half written. */
  #running = false;
  /** Messages that came meanwhile. */
  #held: Buffer[] = [];
  #postponed: Transaction | undefined;
  #later: LaterAnswer | undefined;

  constructor(server: SharedState<Session>, transport: Transport) {
    const { settings } = server;
    this.id = server.nextId();
    this.server = server;
    this.node = server.nodes[0]!;
    this.transport = transport;
    this.out = server.out;
    this.muting = new Muting(server.out);
    this.createdAt = this.lastActive = server.clock.now();
    const { maxBulkLength, maxCommandLength } = settings;
    this.parser = new RequestParser({ maxBulkLength, maxCommandLength });
    this.authenticated = settings.password === undefined;
    server.sessions.set(this.id, this);
  }

  /** Takes over what was read, and runs it. The bytes may be overwritten afterwards. */
  receive(bytes: Buffer, start: number, end: number): boolean {
    this.lastActive = this.server.clock.now();
    this.server.statistics.inputBytes += end - start;
    this.parser.feed(bytes, start, end);
    return this.run();
  }

  /**
   * Runs commands and writes their answers to `out`. Returns false when it stopped before the end, because many bytes
   * wait in `out`, or its turn is over: to be called again when they have left, and others had theirs.
   *
   * @throws RespError output-full after a command whose answer is too large. It has been carried out.
   */
  run(): boolean {
    this.out.protocol = this.#protocol;
    this.#running = true;
    const done = this.#runCommands();
    this.#running = false;
    this.out.checkOverflow();
    return done;
  }

  #runCommands(): boolean {
    const { parser, out } = this;
    const start = out.length;
    if (this.#halted && !this.#goOn()) {
      parser.keep();
      return true;
    }
    let turnEnds = Infinity;
    for (let left = 0, unclocked = CLOCKED; !this.closing; left--, unclocked--) {
      if (unclocked === 0) {
        const now = performance.now();
        if (now > turnEnds) {
          parser.keep();
          return false;
        }
        if (turnEnds === Infinity) turnEnds = now + TURN;
        unclocked = CLOCKED;
      }
      if (left === 0) left = this.#prepare();
      if (!parser.next()) break;
      this.#dispatch(parser);
      if (this.#halted && !this.#goOn()) {
        parser.keep();
        return true;
      }
      if (out.length - start >= HIGH_WATER || out.overflowed) {
        parser.keep();
        return false;
      }
    }
    if (this.closing) {
      parser.keep();
    } else if (parser.error !== undefined) {
      if (!this.muting.active) this.fail(`ERR ${parser.error.message}`);
      this.closing = true;
    }
    return true;
  }

  /** Lets the data node fetch what the next commands of this read will need. Returns after how many to ask again. */
  #prepare(): number {
    const { parser } = this;
    const { proxy } = this.server;
    const found = parser.lookAhead(AHEAD);
    if (proxy !== undefined) proxy.prepare(parser.buffer, AHEAD);
    else this.node.prepare(parser.buffer, AHEAD.keyStarts, AHEAD.keyEnds, found);
    return Math.max(found, 1);
  }

  /** Runs or queues or refuses one command. */
  #dispatch(args: Arguments): void {
    if (this.muting.active) this.#dispatchMuted(args);
    else this.#dispatchAudible(args);
  }

  #dispatchAudible(args: Arguments): void {
    let command = this.server.commands.find(args.buffer, args.starts[0]!, args.ends[0]!);
    if (command === undefined || !command.direct || !command.accepts(args.count)) {
      command = this.#resolve(command, args);
      if (command === undefined) return;
    }
    if (this.#restrictions !== 0 && !this.#admit(command, args)) return;
    const { paused, proxy } = this.server;
    if (
      paused !== 'no' &&
      (paused === 'all' ? !command.whilePaused : command.mayWrite(this.#transaction !== undefined))
    ) {
      this.#postpone(args);
      return;
    }
    if (++this.#sinceSample >= SAMPLED || command.timed) this.#runTimed(command, args, proxy);
    else this.#run(command, args, proxy);
  }

  /** Runs a command of a transaction, which was admitted when it was queued, on {@link node}. */
  execute(args: Arguments): void {
    const command = this.server.commands.of(args);
    // The transaction is carried out, but its answer is too large and will not be sent.
    if (this.out.overflowed && command.flags.includes('readonly')) return;
    if (command.timed) this.#runTimed(command, args, undefined);
    else this.#run(command, args, undefined);
    this.muting.takeBack();
  }

  #run(command: Command<Session>, args: Arguments, proxy: CommandProxy<Session> | undefined): void {
    this.server.statistics.calls[command.index]!++;
    this.lastCommand = command;
    if (proxy !== undefined) {
      const later = proxy.run(command, args, this);
      if (later !== undefined) this.#await(later);
      return;
    }
    if (command.concernsKeys && !this.node.servesAll && !servesKeys(command, args, this)) return;
    command.execute(args, this);
  }

  #runTimed(command: Command<Session>, args: Arguments, proxy: CommandProxy<Session> | undefined): void {
    const { clock, statistics, settings, slowlog } = this.server;
    const weight = command.timed ? 1 : this.#sinceSample;
    if (!command.timed) this.#sinceSample = 0;
    clock.moveOn();
    const start = performance.now();
    this.#run(command, args, proxy);
    const microseconds = (performance.now() - start) * 1000;
    statistics.microseconds[command.index]! += microseconds * weight;
    if (settings.slowlogThreshold >= 0 && microseconds >= settings.slowlogThreshold) {
      slowlog.add(args, this, microseconds);
    }
  }

  /** CLIENT REPLY OFF and SKIP. */
  #dispatchMuted(args: Arguments): void {
    this.muting.begin();
    this.#dispatchAudible(args);
    const muted = this.muting.end();
    if (this.#later !== undefined) this.#later.muted = muted;
    // One that a pause keeps is still the next one.
    if (muted && this.#postponed !== undefined) this.muting.skipNext();
  }

  /** CLIENT PAUSE: keeps the command for later, and with it all that follow. */
  #postpone(args: Arguments): void {
    this.#postponed = new Transaction();
    this.#postponed.add(args);
    this.#halted = true;
    this.server.postponed.add(this);
  }

  /** Keeps what follows until the answer is there, which is written in an event of its own. */
  #await(later: Promise<Buffer>): void {
    const answer: LaterAnswer = { bytes: undefined, muted: false };
    this.#later = answer;
    this.#halted = true;
    later.then(
      (bytes) => {
        answer.bytes = bytes;
        if (!this.closing) this.transport.resume();
      },
      (error: unknown) => {
        if (!this.closing) this.transport.fail(error);
      },
    );
  }

  /** Whether a command's answer is on its way. */
  get waiting(): boolean {
    return this.#later !== undefined;
  }

  /** Deals with what halted this session; false when something still does. */
  #goOn(): boolean {
    this.#writeHeld();
    if (this.#later !== undefined) {
      const { bytes, muted } = this.#later;
      if (bytes === undefined) return false;
      this.#later = undefined;
      if (!muted && bytes[0] === MINUS) this.fail(bytes);
      else if (!muted) this.out.raw(bytes);
      this.server.tracker.release(this);
      if (this.finishing) this.closing = true;
    }
    this.#halted = this.#postponed !== undefined;
    if (this.#postponed !== undefined) this.#runPostponed();
    return !this.#halted || (this.#held.length > 0 && this.#goOn());
  }

  #writeHeld(): void {
    for (const message of this.#held) this.out.raw(message);
    this.#held.length = 0;
  }

  #runPostponed(): void {
    if (this.server.paused !== 'no' && this.server.postponed.has(this)) return;
    const commands = new RequestParser(this.parser.limits);
    commands.feed(this.#postponed!.take());
    this.#postponed = undefined;
    this.#halted = false;
    while (commands.next()) this.#dispatch(commands);
  }

  /** Bytes that the server keeps for this client: what is not run yet, what it watches, and what it listens to. */
  get heldBytes(): number {
    const queued = (this.#transaction?.bytes ?? 0) + (this.#postponed?.bytes ?? 0);
    const subscriptions = this.channels.bytes + this.patterns.bytes;
    const prefixes = this.#tracking?.bytes ?? 0;
    return this.parser.keptBytes + queued + this.#watchedBytes.of(this.watched) + subscriptions + prefixes;
  }

  // What a command about keys works with (CommandContext).

  get time(): SharedState<Session>['time'] {
    return this.server.time;
  }

  get keyspaceEvents(): SharedState<Session>['keyspaceEvents'] {
    return this.server.keyspaceEvents;
  }

  get settings(): SharedState<Session>['settings'] {
    return this.server.settings;
  }

  get commandName(): string {
    return this.lastCommand?.fullName ?? '';
  }

  // Answers.

  /** Answers an error. @param error its bytes, or its text with the code first */
  fail(error: Buffer | string): void {
    const { statistics } = this.server;
    let code: string;
    if (typeof error === 'string') {
      this.out.error(error);
      code = error.slice(0, Math.max(0, error.indexOf(' ')));
    } else {
      this.out.raw(error);
      code = error.toString('latin1', 1, Math.max(1, error.indexOf(0x20)));
    }
    statistics.countError(code);
    if (this.lastCommand !== undefined) statistics.failed[this.lastCommand.index]!++;
  }

  /** Sends a message that answers no command; after the answer to the command that now runs here, if it is its own. */
  push(bytes: Buffer): void {
    if (!this.#running) {
      this.transport.send(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#halted = true;
  }

  // State.

  get protocol(): 2 | 3 {
    return this.#protocol;
  }

  set protocol(protocol: 2 | 3) {
    this.#protocol = this.out.protocol = protocol;
    this.#restrict(SUBSCRIBED, protocol === 2 && this.subscriptions > 0);
  }

  get authenticated(): boolean {
    return (this.#restrictions & UNAUTHENTICATED) === 0;
  }

  set authenticated(authenticated: boolean) {
    this.#restrict(UNAUTHENTICATED, !authenticated);
    this.passwordChanged();
  }

  /** The client asked for a database that does not exist. Until it asks for one that does, it gets at no keys. */
  get withoutDatabase(): boolean {
    return (this.#restrictions & WITHOUT_DATABASE) !== 0;
  }

  set withoutDatabase(without: boolean) {
    this.#restrict(WITHOUT_DATABASE, without);
  }

  /** To be called when the server's password changed: while there is none, nobody needs one. */
  passwordChanged(): void {
    this.parser.restricted = !this.authenticated && this.server.settings.password !== undefined;
  }

  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  set transaction(transaction: Transaction | undefined) {
    this.#transaction = transaction;
    this.#restrict(IN_TRANSACTION, transaction !== undefined);
    if (transaction === undefined && this.#tracking !== undefined) this.#tracking.caching = false;
  }

  get tracking(): Tracking | undefined {
    return this.#tracking;
  }

  set tracking(tracking: Tracking | undefined) {
    this.#tracking = tracking;
    this.#restrict(TRACKED, tracking !== undefined);
    this.server.tracker.update(this);
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size;
  }

  /** To be called when subscriptions changed. */
  subscriptionsChanged(): void {
    this.#restrict(SUBSCRIBED, this.#protocol === 2 && this.subscriptions > 0);
  }

  /** Back to how the connection began (RESET). */
  reset(): void {
    this.transaction = undefined;
    this.watched = [];
    this.#unsubscribeAll();
    this.protocol = 2;
    this.withoutDatabase = false;
    this.tracking = undefined;
    this.authenticated = this.server.settings.password === undefined;
    this.name = '';
    this.muting.reset();
    this.noEvict = this.noTouch = false;
  }

  /** The connection is gone: forgets what the server knows about it. */
  end(): void {
    this.closing = true;
    this.tracking = undefined;
    this.#unsubscribeAll();
    this.server.postponed.delete(this);
    this.server.sessions.delete(this.id);
  }

  #unsubscribeAll(): void {
    const { channels } = this.server;
    for (const channel of this.channels) channels.unsubscribe(this, channel);
    for (const pattern of this.patterns) channels.unsubscribePattern(this, pattern);
    this.channels.clear();
    this.patterns.clear();
  }

  disconnect(): void {
    this.closing = true;
    this.transport.destroy();
  }

  #restrict(restriction: number, on: boolean): void {
    this.#restrictions = on ? this.#restrictions | restriction : this.#restrictions & ~restriction;
  }

  /** Finds the subcommand; answers what is wrong with a command that cannot run as it is. */
  #resolve(command: Command<Session> | undefined, args: Arguments): Command<Session> | undefined {
    if (command === undefined) {
      if (isHttp(args)) this.#refuseHttp();
      else this.#reject(undefined, unknownCommand(args));
      return undefined;
    }
    if (command.accepts(args.count)) {
      const refusal = command.row.refusal?.(this.server.settings);
      if (refusal !== undefined) {
        this.#reject(command, refusal);
        return undefined;
      }
    }
    let found = command;
    if (command.subcommands !== undefined && args.count > 1) {
      const subcommand = command.subcommands.find(args.buffer, args.starts[1]!, args.ends[1]!);
      if (subcommand === undefined) {
        const name = quotedAt(args, 1, 128);
        this.#reject(command, `ERR unknown subcommand '${name}'. Try ${command.name.toUpperCase()} HELP.`);
        return undefined;
      }
      found = subcommand;
    }
    if (found.executable && found.accepts(args.count)) return found;
    this.#reject(found, `ERR wrong number of arguments for '${found.fullName}' command`);
    return undefined;
  }

  /**
   * A web page can let a browser send a request to any port. Its lines would be unknown commands, and those of its body
   * commands: nothing after the first line that is certainly HTTP may run.
   */
  #refuseHttp(): void {
    this.server.warnOfHttp(this.transport.remote);
    this.disconnect();
  }

  /** Whether the command may run now; answers, or queues it, if not. What is tracked is noted. */
  #admit(command: Command<Session>, args: Arguments): boolean {
    const { password } = this.server.settings;
    if (!this.authenticated && password !== undefined && !command.withoutAuthentication) {
      this.#reject(command, NO_AUTH);
      return false;
    }
    if ((this.#restrictions & SUBSCRIBED) !== 0 && !command.whileSubscribed) {
      this.#reject(
        command,
        `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
      return false;
    }
    if (this.withoutDatabase && command.concernsKeys) {
      this.#reject(command, DB_OUT_OF_RANGE);
      return false;
    }
    if (this.#transaction !== undefined && !command.controlsTransaction) {
      if (!command.inTransactions) {
        this.#reject(command, 'ERR Command not allowed inside a transaction');
        return false;
      }
      const refusal =
        command.row.refuseQueued?.(args, this) ?? this.server.proxy?.refuseInTransaction(command, args, this);
      if (refusal !== undefined) {
        this.#reject(command, refusal);
        return false;
      }
      this.#transaction.add(args);
      this.out.raw(QUEUED);
      return false;
    }
    if (this.#tracking !== undefined) this.server.tracker.note(command, args, this);
    return true;
  }

  /** Refuses a command before it runs; within MULTI this spoils the transaction. */
  #reject(command: Command<Session> | undefined, error: Buffer | string): void {
    if (this.#transaction !== undefined) this.#transaction.spoiled = true;
    if (this.#tracking !== undefined) this.server.tracker.endCaching(command, this);
    if (command?.name === 'exec') {
      this.transaction = undefined;
      this.watched = [];
      this.fail(
        `EXECABORT Transaction discarded because of: ${String(error).replace(/^-?(ERR )?|\r\n$/g, '')}`,
      );
      return;
    }
    if (command !== undefined) this.server.statistics.rejected[command.index]!++;
    this.lastCommand = undefined;
    this.fail(error);
  }
}

function isHttp(args: Arguments): boolean {
  return isWord(args, 0, 'post') || isWord(args, 0, 'host:');
}

/** Redis's text, with as much of the arguments as it shows. */
function unknownCommand(args: Arguments): string {
  let shown = '';
  for (let i = 1; i < args.count && shown.length < 128; i++) {
    shown += `'${quotedAt(args, i, 128 - shown.length)}' `;
  }
  return `ERR unknown command '${quotedAt(args, 0, 128)}', with args beginning with: ${shown}`;
}
