import type { Session } from '../server/session.ts';
import type { CommandRow, Flag } from './command.ts';

export const FLAGS: readonly Flag[] = ['noscript', 'loading', 'stale'];
export const ADMIN: readonly Flag[] = ['admin', ...FLAGS];

/** A row of the subcommands of CLIENT. */
export type ClientCommand = readonly [
  name: string,
  syntax: string | undefined,
  arity: number,
  flags: readonly Flag[],
  since: string,
  summary: string,
  serve: NonNullable<CommandRow<Session>['serve']>,
];
