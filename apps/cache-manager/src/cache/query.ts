import { isUtf8 } from 'node:buffer';
import { BadRequestException } from '@nestjs/common';

/** What the query of a request on `/` says. */
export interface CacheQuery {
  readonly key: string;
  /** Absent is not empty: an empty string is a value. */
  readonly value: string | undefined;
  /** Milliseconds. */
  readonly ttl: number | undefined;
}

const MAX_TTL = 2 ** 48;

/**
 * Reads the query of a request target as it came over the wire, which is ASCII.
 *
 * The form encoding of the URL standard, but strict, where servers usually guess: a cache that took `%zz` for three
 * characters, or two bytes of a broken key for U+FFFD, would answer one client with the entry of another.
 *
 * @throws BadRequestException that names the parameter
 */
export function parseQuery(target: string): CacheQuery {
  const start = target.indexOf('?') + 1;
  if (isSingleSafeKey(target, start)) {
    return { key: target.slice(start + KEY.length), value: undefined, ttl: undefined };
  }
  if (target.includes('#')) {
    throw new BadRequestException('key, value and ttl cannot contain a bare "#": write it as %23.');
  }
  let key: string | undefined;
  let value: string | undefined;
  let ttl: string | undefined;
  if (start > 0) {
    for (const pair of target.slice(start).split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decode(equals < 0 ? pair : pair.slice(0, equals), 'The name of a parameter');
      const text = decode(equals < 0 ? '' : pair.slice(equals + 1), name);
      if (name === 'key') key = once(name, key, text);
      else if (name === 'value') value = once(name, value, text);
      else if (name === 'ttl') ttl = once(name, ttl, text);
    }
  }
  if (key === undefined) throw new BadRequestException('key is missing: name the entry with ?key=...');
  if (key === '') throw new BadRequestException('key is empty: it must have at least one character.');
  return { key, value, ttl: ttl === undefined ? undefined : parseTtl(ttl) };
}

const KEY = 'key=';

/** Bytes that stand for themselves in a query: visible ASCII without `%`, `+`, `&` and `#`. */
const SAFE = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte++) SAFE[byte] = 1;
for (const special of '%+&#') SAFE[special.charCodeAt(0)] = 0;

/** Whether the query is just `key=` and characters to be taken as they are: most requests are. */
function isSingleSafeKey(target: string, start: number): boolean {
  if (start === 0 || !target.startsWith(KEY, start) || target.length === start + KEY.length) return false;
  for (let i = start + KEY.length; i < target.length; i++) {
    if (SAFE[target.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

function once(name: string, before: string | undefined, text: string): string {
  if (before !== undefined) throw new BadRequestException(`${name} is repeated: give it once.`);
  return text;
}

function parseTtl(text: string): number {
  const ttl = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (ttl >= 1 && ttl <= MAX_TTL) return ttl;
  throw new BadRequestException(`ttl must be an integer from 1 to ${MAX_TTL}: milliseconds to live.`);
}

const PLUS = 0x2b;
const PERCENT = 0x25;
const SPACE = 0x20;

function decode(raw: string, name: string): string {
  const bytes = Buffer.from(raw, 'latin1');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i] ?? 0;
    if (byte === PLUS) {
      byte = SPACE;
    } else if (byte === PERCENT) {
      const high = hexDigit(bytes[i + 1]);
      const low = hexDigit(bytes[i + 2]);
      if (high < 0 || low < 0) {
        throw new BadRequestException(
          `${shown(name)} has broken percent-encoding: % needs two hexadecimal digits.`,
        );
      }
      byte = high * 16 + low;
      i += 2;
    }
    bytes[length++] = byte;
  }
  const decoded = bytes.subarray(0, length);
  if (!isUtf8(decoded)) throw new BadRequestException(`${shown(name)} is not valid UTF-8.`);
  return decoded.toString('utf8');
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Names are the client's own words, and may be as long as a request. */
function shown(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}...` : name;
}
