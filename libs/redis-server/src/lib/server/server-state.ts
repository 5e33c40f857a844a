import { COMMANDS } from '../commands/commands.ts';
import type { Session } from './session.ts';
import { SharedState, type SharedStateOptions } from './shared-state.ts';

export type ServerStateOptions = SharedStateOptions<Session>;

/** What all clients of a server share, and the commands that they may ask for. */
export class ServerState extends SharedState<Session> {
  constructor(options: ServerStateOptions) {
    super(options, COMMANDS);
  }
}
