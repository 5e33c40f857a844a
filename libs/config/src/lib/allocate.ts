import { ConfigError } from './errors.ts';

/**
 * Makes what takes the budget of a data node.
 * @throws {ConfigError} when the system does not grant the memory: then the budget is a setting that cannot be used
 */
export function allocate<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'OUT_OF_MEMORY' ? new ConfigError(`MAX_MEMORY is too much: ${message}.`) : error;
  }
}
