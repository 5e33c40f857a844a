import { ConfigError } from './errors.ts';

/** A budget that the system does not grant is a setting that cannot be used; other errors come back as they are. */
export function explainMemoryError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'OUT_OF_MEMORY' ? new ConfigError(`MAX_MEMORY is too much: ${message}.`) : error;
}
