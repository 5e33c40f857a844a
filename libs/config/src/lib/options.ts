import { ConfigError } from './errors.ts';

/** @throws {ConfigError} at the first option of the command line: settings are environment variables */
export function refuseOptions(program: string, options: readonly string[]): void {
  if (options.length === 0) return;
  throw new ConfigError(
    `Unknown option ${JSON.stringify(options[0])}: ${program} takes no options, only environment variables.`,
  );
}
