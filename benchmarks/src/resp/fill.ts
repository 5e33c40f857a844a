import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dataset } from './options.ts';

/** The keys that redis-benchmark draws from: `key:` and twelve digits. */
const KEY_DIGITS = 12;
const BATCH = 2000;

/**
 * Sets every key once, in order. redis-benchmark cannot: it draws keys at random and so leaves a third of them out.
 */
export async function fill(port: number, { keys, valueBytes }: Dataset): Promise<void> {
  const cli = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  cli.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = once(cli, 'close');
  await pipeline(Readable.from(commands(keys, valueBytes)), cli.stdin);
  await closed;
  if (!output.includes(`errors: 0, replies: ${keys}\n`)) {
    throw new Error(`Filling port ${port} with ${keys} keys failed:\n${output}`);
  }
}

/** The bytes of all SET commands, many to a chunk. */
function* commands(keys: number, valueBytes: number): Generator<Buffer> {
  const value = 'x'.repeat(valueBytes);
  const template = Buffer.from(
    `*3\r\n$3\r\nSET\r\n$${4 + KEY_DIGITS}\r\nkey:${'0'.repeat(KEY_DIGITS)}\r\n$${valueBytes}\r\n${value}\r\n`,
  );
  const digits = template.indexOf('key:') + 'key:'.length;
  for (let first = 0; first < keys; first += BATCH) {
    const count = Math.min(BATCH, keys - first);
    const chunk = Buffer.alloc(count * template.length, template);
    for (let i = 0; i < count; i++) {
      const number = String(first + i);
      chunk.write(number, i * template.length + digits + KEY_DIGITS - number.length, 'latin1');
    }
    yield chunk;
  }
}
