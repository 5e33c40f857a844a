/** A setting that cannot be used. The message is one line that names it and says what it accepts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_SETTING';
}

export function bad(variable: string, accepted: string, text: string): ConfigError {
  return new ConfigError(`${variable} must be ${accepted}, but is ${shown(text)}.`);
}

/** @param what a variable, or some of its values */
export function unsupported(what: string): ConfigError {
  return new ConfigError(`${what} is not supported yet by this version: unset it.`);
}

/** On one line, and not too long a one. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
