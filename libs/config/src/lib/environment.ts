import { isIP } from 'node:net';
import { bad, ConfigError, shown, unsupported } from './errors.ts';
import { parseSize, sizeText } from './sizes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

/**
 * Reads settings strictly: what is there must be exactly right. Every method answers its `fallback` for a variable
 * that is not set, and throws a {@link ConfigError} for a value that it does not accept.
 */
export class EnvironmentReader {
  constructor(private readonly environment: Environment) {}

  integer<T extends number | undefined>(variable: string, min: number, max: number, fallback: T): number | T {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw bad(variable, `an integer from ${min} to ${max}`, text);
  }

  /** A TCP port, 0 for any that is free; undefined for `off`. */
  portOrOff(variable: string, fallback: number): number | undefined {
    const text = this.environment[variable];
    if (text === 'off') return undefined;
    if (text === undefined || /^\d{1,5}$/.test(text)) return this.integer(variable, 0, 65_535, fallback);
    throw bad(variable, 'an integer from 0 to 65535, or "off"', text);
  }

  /** Bytes. */
  size(variable: string, min: number, max: number, fallback: number): number {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const value = parseSize(text);
    if (value >= min && value <= max) return value;
    throw bad(
      variable,
      `a size from ${sizeText(min)} to ${sizeText(max)}, like 1048576, 512kb, 64mb or 1gb`,
      text,
    );
  }

  choice<T extends string>(variable: string, choices: readonly T[], fallback: T): T {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    const choice = choices.find((each) => each === text);
    if (choice !== undefined) return choice;
    throw bad(variable, `one of ${choices.join(', ')}`, text);
  }

  flag(variable: string, fallback: boolean): boolean {
    return this.choice(variable, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  host(variable: string, fallback: string): string {
    const text = this.environment[variable];
    if (text === undefined) return fallback;
    if (isIP(text) !== 0 || HOST_NAME.test(text)) return text;
    throw bad(variable, 'an IP address or a host name', text);
  }

  /** A list of them, each with a port or without one, IPv6 addresses in brackets; in lower case. Default: none. */
  hosts(variable: string): readonly string[] {
    const text = this.environment[variable];
    if (text === undefined) return [];
    const hosts = text.toLowerCase().split(',');
    if (hosts.every(isHostWithPort)) return hosts;
    throw bad(
      variable,
      'host names or IP addresses, separated by commas, each as in a Host header: cache.test, cache.test:8080 or [::1]:8080',
      text,
    );
  }

  /** A name: not empty, printable, at most `maxLength` characters. */
  text(variable: string, maxLength: number): string | undefined {
    const text = this.environment[variable];
    if (text === undefined) return undefined;
    // eslint-disable-next-line no-control-regex
    if (text.length <= maxLength && /^[^\x00-\x20\x7f]+$/.test(text)) return text;
    throw bad(variable, `1 to ${maxLength} characters without spaces`, text);
  }

  /** Never shows the value. A header cannot carry control characters, and loses spaces at its ends. */
  password(variable: string): string | undefined {
    const text = this.environment[variable];
    if (text === undefined) return undefined;
    // eslint-disable-next-line no-control-regex
    if (/^[^\x00-\x1f\x7f]{1,1024}$/.test(text) && text.trim() === text) return text;
    throw new ConfigError(
      `${variable} must be 1 to 1024 characters, without control characters and without spaces at its ends.`,
    );
  }

  /** Throws if one of these is set, to whatever value. */
  refuse(variables: readonly string[]): void {
    for (const variable of variables) {
      if (this.environment[variable] !== undefined) throw unsupported(variable);
    }
  }
}

function isHostWithPort(text: string): boolean {
  const [, address, name, port = '0'] = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (Number(port) > 65_535) return false;
  return address === undefined ? name !== undefined && HOST_NAME.test(name) : isIP(address) === 6;
}

/** Throws unless only this machine can reach the host, or a password protects it, or everybody is to be let in. */
export function requirePasswordFor(
  variable: string,
  host: string,
  password: string | undefined,
  open: boolean,
): void {
  if (isLoopback(host) || password !== undefined || open) return;
  throw new ConfigError(
    `${variable} ${shown(host)} can be reached from other machines: set PASSWORD, or ALLOW_OPEN=true to let everybody in.`,
  );
}

export function isLoopback(host: string): boolean {
  return (
    host === '::1' || host.toLowerCase() === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}
