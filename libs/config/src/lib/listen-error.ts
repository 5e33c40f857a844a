import { ConfigError } from './errors.ts';

/** An address that cannot be listened on is a setting that cannot be used; other errors come back as they are. */
export function explainListenError(error: unknown, protocol: string, host: string, port: number): unknown {
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
