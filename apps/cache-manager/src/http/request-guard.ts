import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '@distributed-cache/config';
import { BadRequestException, ForbiddenException, type HttpException } from '@nestjs/common';
import type { Config } from '../config.ts';
import { targetOf } from './target.ts';

/** A host without its brackets-free port: `host`, `host:port`, `[ip]:port`; a dot at the end of a name means nothing. */
const AUTHORITY = /^(\[[\da-f:.]+\]|[^\s:[\]@/?#\\,]+?)\.?(?::(\d*))?$/i;
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;
const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

interface Authority {
  readonly host: string;
  /** Empty when none is named. */
  readonly port: string;
}

/**
 * Keeps web pages out of a cache that is open to whoever sits at this machine, because it listens on loopback only and has no
 * password. A browser there can reach it too, and runs what any site says:
 *
 * - A site gives its own name the address 127.0.0.1 and is then of the same origin as the cache (DNS rebinding). Its
 *   name stands in `Host`: only names of loopback are accepted there, and those of `ALLOWED_HOSTS`.
 * - A site sends a form, or a `fetch` whose answer it may not read. It stands in `Origin`, or the browser says
 *   `Sec-Fetch-Site: cross-site`. Another port of this machine is another site, too.
 *
 * Where a password is asked for a page does not have it, and elsewhere the configuration has let everybody in.
 */
export class RequestGuard {
  private readonly active: boolean;
  private readonly allowed: ReadonlySet<string>;
  /** The Host of nearly all requests. */
  private lastAccepted: string | undefined;

  constructor({ httpHost, password, allowedHosts }: Pick<Config, 'httpHost' | 'password' | 'allowedHosts'>) {
    this.active = isLoopback(httpHost) && password === undefined;
    this.allowed = new Set(allowedHosts);
  }

  /** What the request must be refused with; undefined if it may go on. */
  refusal(request: IncomingMessage): HttpException | undefined {
    const { host, origin, 'sec-fetch-site': site } = request.headers;
    if (host === undefined) {
      // A browser always says it, HTTP/1.1 must, and what probes with HTTP/1.0 does not.
      if (request.httpVersion === '1.1') return new BadRequestException('Host is missing.');
    } else if (isRepeated(request.rawHeaders)) {
      return new BadRequestException('Host is repeated: send it once.');
    }
    if (!this.active) return undefined;

    if (host !== undefined && host !== this.lastAccepted) {
      if (!this.accepts(host)) return forbiddenHost(host);
      this.lastAccepted = host;
    }
    const target = targetOf(request);
    if (target.charCodeAt(0) !== SLASH) {
      const [, authority] = ABSOLUTE.exec(target) ?? [];
      if (authority !== undefined && !this.accepts(withoutUserinfo(authority))) {
        return forbiddenHost(withoutUserinfo(authority));
      }
    }
    if (origin !== undefined && !isOriginOf(origin, host)) {
      return new ForbiddenException(
        `Origin ${shown(origin)} is another site: only pages of this server may send requests, with host and port as in Host. ${WAY_OUT}`,
      );
    }
    if (site === 'cross-site') {
      return new ForbiddenException(
        `Sec-Fetch-Site is cross-site: pages of other sites may neither send requests nor link here, so enter the address yourself. ${WAY_OUT}`,
      );
    }
    return undefined;
  }

  private accepts(text: string): boolean {
    const authority = parseAuthority(text);
    if (authority === undefined) return false;
    const { host, port } = authority;
    return isLoopbackName(host) || this.allowed.has(host) || this.allowed.has(`${host}:${port}`);
  }
}

const SLASH = 0x2f;
const WAY_OUT = 'Set PASSWORD to let in whoever knows it.';

function parseAuthority(text: string): Authority | undefined {
  const [, host, port = ''] = AUTHORITY.exec(text) ?? [];
  return host === undefined ? undefined : { host: host.toLowerCase(), port };
}

/** Names below `localhost` are loopback by definition (RFC 6761): nobody can register one. */
function isLoopbackName(host: string): boolean {
  if (host === 'localhost' || host === '[::1]' || host.endsWith('.localhost')) return true;
  return host.startsWith('127.') && isIP(host) === 4;
}

function isOriginOf(origin: string, host: string | undefined): boolean {
  // Also `null`, which stands for a page that hides where it is from.
  const [, scheme, text = ''] = ORIGIN.exec(origin) ?? [];
  if (scheme === undefined || host === undefined) return false;
  const [from, to] = [parseAuthority(text), parseAuthority(host)];
  if (from === undefined || to === undefined) return false;
  const defaultPort = DEFAULT_PORTS[scheme.toLowerCase()] ?? '';
  return from.host === to.host && (from.port || defaultPort) === (to.port || defaultPort);
}

/** Servers and proxies differ in which of them counts. */
function isRepeated(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && (name === 'Host' || name.toLowerCase() === 'host')) count++;
  }
  return count > 1;
}

function withoutUserinfo(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}

function forbiddenHost(host: string): ForbiddenException {
  return new ForbiddenException(
    `Host ${shown(host)} is not accepted: use localhost, 127.0.0.1 or [::1], or name it in ALLOWED_HOSTS. ${WAY_OUT}`,
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
