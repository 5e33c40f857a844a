import { isUtf8 } from 'node:buffer';

/**
 * `{"key","value","node"}`, byte for byte what `JSON.stringify` makes of that object. A value that is not UTF-8 is
 * written in base64 and says so: `{"key","value","encoding":"base64","node"}`.
 */
export function entryJson(key: string, value: Buffer | string, node: string): string {
  if (typeof value === 'string') return entryOf(key, quote(value), node);
  if (value.length <= SHORT && isPlain(value)) return entryOf(key, `"${value.toString('latin1')}"`, node);
  if (isUtf8(value)) return entryOf(key, quote(value.toString('utf8')), node);
  return entryOf(key, `"${value.toString('base64')}","encoding":"base64"`, node);
}

function entryOf(key: string, value: string, node: string): string {
  return `{"key":${quote(key)},"value":${value},"node":${quote(node)}}`;
}

export function keyJson(key: string): string {
  return `{"key":${quote(key)}}`;
}

/** Up to this length a look at each character is faster than a call of JSON.stringify. */
const SHORT = 64;

/** `JSON.stringify` of a string. Short ones without anything to escape, which most keys are, are just put in quotes. */
function quote(text: string): string {
  if (text.length > SHORT) return JSON.stringify(text);
  for (let i = 0; i < text.length; i++) {
    if (!standsForItself(text.charCodeAt(i))) return JSON.stringify(text);
  }
  return `"${text}"`;
}

function isPlain(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (!standsForItself(byte)) return false;
  return true;
}

/** Printable ASCII that JSON does not escape. */
function standsForItself(code: number): boolean {
  return code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c;
}
