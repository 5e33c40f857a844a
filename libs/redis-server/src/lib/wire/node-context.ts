import type { DataNode } from '@distributed-cache/data-node';
import { ReplyWriter } from '@distributed-cache/resp';
import type { Arguments } from '../commands/arguments.ts';
import type { Command } from '../commands/command.ts';
import type { CommandTable } from '../commands/command-table.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Dialect } from './operation-codec.ts';

/** Where commands run that did not come from a client of this process. */
export class NodeContext implements CommandContext {
  readonly out: ReplyWriter;
  noTouch = false;
  commandName = '';

  constructor(
    readonly node: DataNode,
    readonly time: CommandContext['time'],
    readonly settings: CommandContext['settings'] & { readonly outputLimit: number },
    readonly keyspaceEvents: CommandContext['keyspaceEvents'],
    private readonly commands: CommandTable<Command>,
  ) {
    this.out = new ReplyWriter({ maxLength: settings.outputLimit, whenFull: 'discard' });
  }

  speak({ protocol, noTouch }: Dialect): void {
    this.out.protocol = protocol;
    this.noTouch = noTouch;
  }

  fail(error: Buffer | string): void {
    if (typeof error === 'string') this.out.error(error);
    else this.out.raw(error);
  }

  /** @throws Error for a command that is not about keys: those are carried out where their client is */
  execute(args: Arguments): void {
    const command = this.commands.of(args);
    if (command.run === undefined) throw new Error(`${command.fullName} cannot run without its client`);
    if (this.out.overflowed && !command.writes) return;
    this.commandName = command.fullName;
    command.run(args, this);
  }
}
