import type { AddressInfo } from 'node:net';
import { ConfigError } from './errors.ts';

/**
 * Listens where the settings `<protocol>_HOST` and `<protocol>_PORT` say. Resolves to where that is, such as
 * `127.0.0.1:6379` or `[::1]:6379`.
 * @throws {ConfigError} when the address cannot be listened on
 */
export async function listenOn(
  protocol: string,
  host: string,
  port: number,
  listen: (host: string, port: number) => Promise<AddressInfo>,
): Promise<string> {
  try {
    const bound = await listen(host, port);
    return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  } catch (error) {
    throw explained(error, protocol, host, port);
  }
}

/** An address that cannot be listened on is a setting that cannot be used; other errors come back as they are. */
function explained(error: unknown, protocol: string, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${protocol}_PORT ${port} is in use on ${host}: choose another one, or 0 for any that is free.`,
      );
    case 'EACCES':
      return new ConfigError(
        `${protocol}_PORT ${port} needs more rights than this process has: choose one from 1024 on.`,
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(`${protocol}_HOST ${host} is not an address of this machine.`);
    default:
      return error;
  }
}
