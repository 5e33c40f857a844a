import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a server is filled with. */
export interface Dataset {
  readonly keys: number;
  readonly valueBytes: number;
}

/** Keys are those that redis-benchmark draws from: `key:` and twelve digits. */
const PREFIX = 'key:';
const DIGITS = 12;
export const KEY_BYTES = PREFIX.length + DIGITS;

const COMMANDS_PER_CHUNK = 2000;

/**
 * Sets every key of a Redis server once, in order. redis-benchmark cannot: it draws keys at random, and so leaves a
 * third of them out.
 */
export async function fill(port: number, { keys, valueBytes }: Dataset): Promise<void> {
  const value = 'x'.repeat(valueBytes);
  const commands = commandsInChunks(
    keys,
    (key) => `*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n${key}\r\n$${valueBytes}\r\n${value}\r\n`,
  );
  const cli = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  cli.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = once(cli, 'close');
  await pipeline(Readable.from(commands), cli.stdin);
  await closed;
  if (!output.includes(`errors: 0, replies: ${keys}\n`)) {
    throw new Error(`Filling port ${port} with ${keys} keys failed:\n${output}`);
  }
}

/** A command for each key, many to a chunk. @param format the command of a key; all have the same length */
export function* commandsInChunks(keys: number, format: (key: string) => string): Generator<Buffer> {
  const template = Buffer.from(format(PREFIX + '0'.repeat(DIGITS)));
  const end = template.indexOf(PREFIX) + KEY_BYTES;
  for (let first = 0; first < keys; first += COMMANDS_PER_CHUNK) {
    const count = Math.min(COMMANDS_PER_CHUNK, keys - first);
    const chunk = Buffer.alloc(count * template.length, template);
    for (let i = 0; i < count; i++) {
      const number = String(first + i);
      chunk.write(number, i * template.length + end - number.length, 'latin1');
    }
    yield chunk;
  }
}
