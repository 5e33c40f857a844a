import type { CommandsAhead } from '@distributed-cache/resp';
import type { Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';

/**
 * What carries out the commands of a server whose data are not in one data node. {@link Command.gather} says how each
 * command concerns many of them.
 * @typeParam S the session of a client
 */
export interface CommandProxy<S> {
  /**
   * Carries out a command of a client. Answered at once: the answer is in `session.out`, and nothing is returned.
   * Answered later: its bytes, in the session's protocol. The bytes of `args` may change when this has returned.
   *
   * An error that the client should know is an answer. What is thrown, or rejected with, is a mistake in here, or an
   * answer that is too large, and costs the client its connection.
   */
  run(command: Command<S>, args: Arguments, session: S): Promise<Buffer> | undefined;

  /**
   * Says that these commands follow, so that data nodes may prepare their lookups ({@link Keyspace.prepare}). What was
   * said before holds no longer.
   */
  prepare(keys: Buffer, commands: CommandsAhead): void;

  /** The error for a command that cannot be part of a transaction; undefined when it can. */
  refuseInTransaction(command: Command<S>, args: Arguments, session: S): string | undefined;
}
