import { isWord, type Arguments } from '../commands/arguments.ts';
import type { ServerTime } from './server-time.ts';
import type { Settings } from './settings.ts';

const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_LENGTH = 128;

export interface SlowlogEntry {
  readonly id: number;
  /** Unix time in seconds. */
  readonly time: number;
  readonly microseconds: number;
  readonly args: readonly Buffer[];
  readonly address: string;
  readonly clientName: string;
}

/** Who asked for it. */
interface SlowClient {
  readonly name: string;
  readonly transport: { readonly remote: string };
}

/** The latest commands that took longer than the settings allow, newest first. */
export class Slowlog {
  readonly #settings: Settings;
  readonly #time: ServerTime;
  #entries: SlowlogEntry[] = [];
  #lastId = 0;

  constructor(settings: Settings, time: ServerTime) {
    this.#settings = settings;
    this.#time = time;
  }

  get entries(): readonly SlowlogEntry[] {
    return this.#entries;
  }

  add(args: Arguments, client: SlowClient, microseconds: number): void {
    const { slowlogLength } = this.#settings;
    if (slowlogLength === 0) return;
    this.#entries.unshift({
      id: this.#lastId++,
      time: Math.floor(this.#time.toUnix(this.#time.now()) / 1000),
      microseconds: Math.round(microseconds),
      args: shortened(args),
      address: client.transport.remote,
      clientName: client.name,
    });
    this.trim();
  }

  /** Forgets what is beyond the length that the settings allow. */
  trim(): void {
    const { slowlogLength } = this.#settings;
    if (this.#entries.length > slowlogLength) this.#entries.length = slowlogLength;
  }

  reset(): void {
    this.#entries = [];
  }
}

const REDACTED = Buffer.from('(redacted)');

/** How many arguments after this one are secret: of AUTH, HELLO ... AUTH and CONFIG SET requirepass. */
function secretsAfter(args: Arguments, index: number): number {
  if (index === 0) return isWord(args, 0, 'auth') ? args.count - 1 : 0;
  if (isWord(args, 0, 'hello') && isWord(args, index, 'auth')) return 2;
  return isWord(args, 0, 'config') && index > 1 && isWord(args, index, 'requirepass') ? 1 : 0;
}

/** Long commands are cut as Redis cuts them, and passwords are left out. */
function shortened(args: Arguments): Buffer[] {
  const shown = args.count > MAX_ARGUMENTS ? MAX_ARGUMENTS - 1 : args.count;
  const copies: Buffer[] = [];
  let secrets = 0;
  for (let i = 0; i < shown; i++) {
    if (secrets > 0) {
      secrets--;
      copies.push(REDACTED);
      continue;
    }
    secrets = secretsAfter(args, i);
    const start = args.starts[i]!;
    const length = args.ends[i]! - start;
    const end = start + Math.min(length, MAX_ARGUMENT_LENGTH);
    const copy = Buffer.from(args.buffer.subarray(start, end));
    const rest = length - MAX_ARGUMENT_LENGTH;
    copies.push(rest > 0 ? Buffer.concat([copy, Buffer.from(`... (${rest} more bytes)`)]) : copy);
  }
  if (shown < args.count) copies.push(Buffer.from(`... (${args.count - shown} more arguments)`));
  return copies;
}
