import { slotOf } from '@distributed-cache/consistent-hash';
import { OK } from '@distributed-cache/data-node';
import type { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';
import { refuse } from './outcomes.ts';

/**
 * Whether the data node serves the slots of all keys of the command; answers if not. Asked before the command runs: what is
 * not here would otherwise look like what does not exist.
 */
export function servesKeys({ keys }: Command, args: Arguments, context: CommandContext): boolean {
  if (keys.first === 0) return true;
  const { buffer, count, starts, ends } = args;
  const last = keys.last < 0 ? count + keys.last : keys.last;
  for (let key = keys.first; key <= last; key += keys.step) {
    const status = context.node.serves(slotOf(buffer, starts[key]!, ends[key]!));
    if (status === OK) continue;
    refuse(status, args, key, context);
    return false;
  }
  return true;
}
